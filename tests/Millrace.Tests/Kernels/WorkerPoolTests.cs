using Millrace.Kernels;

namespace Millrace.Tests.Kernels;

public class WorkerPoolTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Every_thread_takes_part_once_in_each_run(int threads)
    {
        using WorkerPool pool = new(threads);
        Counts work = new(threads);
        for (int run = 1; run <= 200; run++)
        {
            pool.Run(work);
            Assert.All(work.Of, count => Assert.Equal(run, count));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(16)]
    public void Shared_work_is_done_when_its_run_returns(int threads)
    {
        using WorkerPool pool = new(threads);
        for (int run = 0; run < 200; run++)
        {
            Pieces work = new(1 + run % 50);
            pool.RunShared(work);
            Assert.All(work.Done, count => Assert.Equal(1, count));
        }
    }

    [Fact]
    public void Runs_of_both_kinds_take_turns()
    {
        using WorkerPool pool = new(5);
        Counts counts = new(5);
        for (int run = 1; run <= 200; run++)
        {
            Pieces work = new(20);
            pool.RunShared(work);
            pool.Run(counts);
            Assert.All(work.Done, count => Assert.Equal(1, count));
            Assert.All(counts.Of, count => Assert.Equal(run, count));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_a_thread_throws_is_thrown_and_the_pool_works_on(bool shared)
    {
        using WorkerPool pool = new(3);
        Pieces failing = new(30) { FailAt = 17 };
        Assert.Equal("piece 17", Assert.Throws<InvalidOperationException>(() => Run(failing)).Message);
        Pieces work = new(30);
        Run(work);
        Assert.All(work.Done, count => Assert.Equal(1, count));

        void Run(IParallelWork work)
        {
            if (shared)
            {
                pool.RunShared(work);
            }
            else
            {
                pool.Run(work);
            }
        }
    }

    sealed class Counts(int threads) : IParallelWork
    {
        public int[] Of { get; } = new int[threads];

        public void Run(int thread) => Of[thread]++;
    }

    sealed class Pieces(int count) : IParallelWork
    {
        int _next;

        public int[] Done { get; } = new int[count];

        public int FailAt { get; init; } = -1;

        public void Run(int thread)
        {
            for (int piece = Interlocked.Increment(ref _next) - 1; piece < Done.Length; piece = Interlocked.Increment(ref _next) - 1)
            {
                if (piece == FailAt)
                {
                    throw new InvalidOperationException($"piece {piece}");
                }

                Thread.SpinWait(100);
                Done[piece]++;
            }
        }
    }
}
