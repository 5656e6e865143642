using System.Diagnostics;
using Millrace.Cache;
using Millrace.Devices.Cpu;
using Millrace.Kernels;

namespace Millrace.Tests.Devices;

public sealed class CpuProgramTests : IDisposable
{
    readonly KvCache _cache = new([new KvLayer(1, 32, 32)], KvType.F32, 1);

    public void Dispose() => _cache.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(16)]
    public void An_op_begins_when_all_of_the_one_before_is_done(int threads)
    {
        using WorkerPool pool = new(threads);
        using CpuStep step = new(1, threads, 64, [], _cache);
        List<Sums> ops = [new(null, 40, 7)];
        while (ops.Count < 30)
        {
            // One piece alone, two and three such ops in a row, and several pieces.
            ops.Add(new Sums(ops[^1], ops.Count % 7 is 1 or 3 or 4 || ops.Count > 26 ? 1 : 40, ops.Count % 5 == 0 ? 2000 : 50));
        }

        CpuProgram program = new([.. ops], step, pool);
        for (int run = 0; run < 50; run++)
        {
            program.Run();
            Assert.All(ops, op => Assert.Equal(0, op.Early));
            Assert.All(ops, op => Assert.All(op.Done, count => Assert.Equal(run + 1, count)));
        }
    }

    [Fact]
    public void What_begins_with_ops_of_one_piece_or_has_no_others_runs_in_order()
    {
        using WorkerPool pool = new(2);
        using CpuStep step = new(1, 2, 64, [], _cache);
        List<Sums> ops = [new(null, 1, 7)];
        ops.Add(new Sums(ops[^1], 1, 2000));
        CpuProgram alone = new([.. ops], step, pool);
        alone.Run();
        ops.Add(new Sums(ops[^1], 40, 50));
        CpuProgram begins = new([.. ops], step, pool);
        Array.ForEach([.. ops], op => Array.Clear(op.Done));
        begins.Run();
        Assert.All(ops, op => Assert.Equal(0, op.Early));
        Assert.All(ops, op => Assert.All(op.Done, count => Assert.Equal(1, count)));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(2, 16)]
    public void Where_nobody_is_held_up_a_thread_takes_the_same_pieces_in_every_run(int threads, int most)
    {
        using WorkerPool pool = new(threads);
        using CpuStep step = new(1, threads, 64, [], _cache);
        InStep op = new(threads, 48, most);
        CpuProgram program = new([op], step, pool);
        for (int run = 0; run < 20; run++)
        {
            program.Run();
            for (int piece = 0; piece < 48; piece++)
            {
                Assert.Equal(piece * threads / 48, op.Takers[piece]); // one ascending share each
            }
        }
    }

    [Fact]
    public void What_an_op_throws_is_thrown_and_the_next_run_is_whole()
    {
        using WorkerPool pool = new(4);
        using CpuStep step = new(1, 4, 64, [], _cache);
        Sums first = new(null, 20, 50), second = new(first, 20, 50);
        CpuProgram program = new([first, second], step, pool);
        first.Fails = true;
        Assert.Throws<InvalidOperationException>(program.Run);
        first.Fails = false;
        Array.Clear(first.Done);
        Array.Clear(second.Done);
        program.Run();
        Assert.Equal(0, second.Early);
        Assert.All(second.Done, count => Assert.Equal(1, count));
    }

    /// <summary>Twice as many threads as processors must keep 0.7 of the speed. What another process takes only ever adds to a time, so the least of many short runs in turns is compared, and more of them are taken before it is called a failure.</summary>
    [Fact]
    public void More_threads_than_processors_keep_most_of_the_speed()
    {
        int fit = Environment.ProcessorCount;
        using WorkerPool few = new(fit), many = new(2 * fit);
        using CpuStep step = new(1, 2 * fit, 64, [], _cache);
        // As a step of a model of 1 billion: 160 ops, each of some 100 µs in 20 to 40 pieces.
        CpuProgram fitting = Program(few), crowded = Program(many);
        double least = double.MaxValue, leastCrowded = double.MaxValue;
        for (int turn = 0; turn < 40 || (turn < 400 && least / leastCrowded < 0.7); turn++)
        {
            least = Math.Min(least, Seconds(fitting));
            leastCrowded = Math.Min(leastCrowded, Seconds(crowded));
        }

        Assert.True(least / leastCrowded >= 0.7, $"{fit} threads take {least * 1e3:f2} ms, {2 * fit} take {leastCrowded * 1e3:f2} ms");

        CpuProgram Program(WorkerPool pool) => new([.. Enumerable.Range(0, 160).Select(static _ => (CpuOp)new Sums(null, 30, 300))], step, pool);

        static double Seconds(CpuProgram program)
        {
            long start = Stopwatch.GetTimestamp();
            program.Run();
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }

    /// <summary>Counts its pieces, and pieces that found the op before not done.</summary>
    sealed class Sums(Sums? before, int pieces, int spins) : CpuOp
    {
        int _early;
        int _runs;

        public int[] Done { get; } = new int[pieces];

        public int Early => _early;

        public bool Fails { get; set; }

        public override bool IsOnePiece(CpuStep step) => Done.Length == 1;

        public override void Reset(int threads)
        {
            base.Reset(threads);
            _runs = Done[0] + 1;
        }

        public override void Run(CpuStep step, int thread)
        {
            for (int piece = TakeNear(thread, pieces).Begin; piece < pieces; piece = TakeNear(thread, pieces).Begin)
            {
                if (Fails && piece == pieces / 2)
                {
                    throw new InvalidOperationException("a piece failed");
                }

                if (before is not null && before.Done.AsSpan().ContainsAnyExcept(before._runs))
                {
                    Interlocked.Increment(ref _early);
                }

                Work(spins);
                Done[piece]++;
            }
        }

        // Takes its time from this processor, unlike a pause.
        static double Work(int spins)
        {
            double x = 1;
            for (int i = 0; i < spins; i++)
            {
                x = Math.Sqrt(x + i);
            }

            return x;
        }
    }

    /// <summary>Notes who takes each piece; nobody takes another before all have taken as many.</summary>
    sealed class InStep(int threads, int pieces, int most) : CpuOp
    {
        int _taken;

        public int[] Takers { get; } = new int[pieces];

        public override void Reset(int threads)
        {
            base.Reset(threads);
            _taken = 0;
        }

        public override void Run(CpuStep step, int thread)
        {
            int own = 0;
            for ((int begin, int end) = TakeNear(thread, pieces, most); begin < end; (begin, end) = TakeNear(thread, pieces, most))
            {
                Array.Fill(Takers, thread, begin, end - begin);
                own += end - begin;
                Interlocked.Add(ref _taken, end - begin);
                SpinWait spin = default;
                while (Volatile.Read(ref _taken) < own * threads)
                {
                    spin.SpinOnce();
                }
            }
        }
    }
}
