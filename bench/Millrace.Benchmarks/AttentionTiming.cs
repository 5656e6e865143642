using Millrace.Cache;
using Millrace.Devices.Cpu;
using Millrace.Graphs;
using Millrace.Kernels;
using Millrace.Scheduling;

namespace Millrace.Benchmarks;

/// <summary>Attention alone, layer after layer over a cache past any processor's: GB/s of keys and values when one token is computed, GFLOP/s of a piece of a prompt, best and median, beside the read bandwidth of the same run.</summary>
/// <remarks>Arguments: <c>depths=2048,4096,16384 tokens=1,64 kv=f16,int8 heads=32 kvheads=8 dim=64 layers=16 threads=2 ms=500</c>, each with a default.</remarks>
static unsafe class AttentionTiming
{
    public static int Run(Arguments arguments)
    {
        int[] depths = arguments.Numbers("depths", "2048,4096,16384"), tokens = arguments.Numbers("tokens", "1,64");
        int headDim = arguments.Number("dim", 64), milliseconds = arguments.Number("ms", 500), layers = arguments.Number("layers", 16);
        AttentionShape shape = new(arguments.Number("heads", 32), arguments.Number("kvheads", 8), headDim, headDim, 1 / MathF.Sqrt(headDim));
        using WorkerPool pool = new(arguments.Number("threads", Environment.ProcessorCount));
        using ReadBandwidth bandwidth = new(pool.Threads);
        Console.WriteLine($"{shape.Heads} heads over {shape.KvHeads} of {headDim}, {layers} layers, {pool.Threads} threads; read {bandwidth.Measure() / 1e9:F1} GB/s");
        foreach (string kv in arguments.Text("kv", "f16,int8").Split(','))
        {
            KvType type = Enum.Parse<KvType>(kv, ignoreCase: true);
            using LayerWork work = new(type, shape, layers, depths.Max(), tokens.Max(), pool);
            foreach (int depth in depths)
            {
                Console.Write($"{kv,-5}{depth,6}");
                foreach (int count in tokens)
                {
                    work.Prepare(depth, count);
                    double flops = 4.0 * shape.Heads * headDim * ((count * (double)(depth - count)) + (count * (count + 1.0) / 2));
                    double bytes = depth * KvCache.NumberBytesWithScale(type, headDim) * shape.CachedNumbers;
                    (double best, double median) = Seconds(work, milliseconds);
                    Console.Write(count == 1
                        ? $"   1: {bytes / best / 1e9:F1} ({bytes / median / 1e9:F1}) GB/s"
                        : $"   {count}: {flops / best / 1e9:F0} ({flops / median / 1e9:F0}) GFLOP/s");
                }

                Console.WriteLine();
            }
        }

        Console.WriteLine($"read {bandwidth.Measure() / 1e9:F1} GB/s");
        return 0;
    }

    // Of one layer, from passes over all of them.
    static (double Best, double Median) Seconds(LayerWork work, int milliseconds)
    {
        work.Pass();
        (double best, double median) = new RunClock().Repeat(work.Pass, milliseconds, least: 3);
        return (best / work.Layers, median / work.Layers);
    }

    sealed class LayerWork : IDisposable
    {
        readonly KvCache _cache;
        readonly CpuStep _step;
        readonly CpuProgram _program;
        readonly NativeBuffer _rows;
        readonly int[] _blocks;

        public LayerWork(KvType type, AttentionShape shape, int layers, int depth, int tokens, WorkerPool pool)
        {
            int blocks = KvCache.BlocksFor(depth), width = shape.Heads * shape.HeadDim, stride = blocks * KvCache.BlockSize;
            _blocks = [.. Enumerable.Range(0, blocks)];
            _cache = new KvCache([.. Enumerable.Repeat(new KvLayer(shape.KvHeads, shape.HeadDim, shape.ValueDim), layers)], type, blocks);
            _rows = new NativeBuffer(2L * tokens * width * sizeof(float));
            Random random = new(1);
            Fill(random, (float*)_rows.Pointer, tokens * width);
            float* row = stackalloc float[shape.HeadDim];
            for (int layer = 0; layer < layers; layer++)
            {
                for (int slot = 0; slot < KvCache.BlockSize * shape.KvHeads; slot++)
                {
                    Fill(random, row, shape.HeadDim);
                    _cache.Store(layer, 0, slot % KvCache.BlockSize, slot / KvCache.BlockSize, row, row);
                }
            }

            for (int block = 1; block < blocks; block++)
            {
                _cache.Copy(0, block);
            }

            _step = new CpuStep(tokens, pool.Threads, AttentionRun<KvF32>.Scratch(shape, stride) * sizeof(float), [], _cache);
            Value value = new(0, "", width, RowDomain.Tokens);
            Rows query = new((nint)_rows.Pointer, width), output = new((nint)_rows.Pointer + (nint)tokens * width * sizeof(float), width);
            CpuOp[] ops = [.. Enumerable.Range(0, layers).Select(layer => new AttentionOp("", layer, shape, value, value, value)).Select(op => (CpuOp)(type switch
            {
                KvType.F32 => new AttentionRun<KvF32>(op, query, null, output, stride),
                KvType.F16 => new AttentionRun<KvF16>(op, query, null, output, stride),
                _ => new AttentionRun<KvInt8>(op, query, null, output, stride),
            }))];
            _program = new CpuProgram(ops, _step, pool);
            Layers = layers;
        }

        public int Layers { get; }

        public void Prepare(int depth, int tokens)
        {
            StepBatch batch = new();
            batch.Tokens.AddRange(new int[tokens]);
            batch.Slices.Add(new StepSlice(0, tokens, depth - tokens, _blocks, LogitRows: 0));
            _step.Begin(batch, 1);
        }

        public void Pass() => _program.Run();

        public void Dispose()
        {
            _cache.Dispose();
            _step.Dispose();
            _rows.Dispose();
        }

        static void Fill(Random random, float* to, int count)
        {
            for (int i = 0; i < count; i++)
            {
                to[i] = random.NextSingle() * 2 - 1;
            }
        }
    }
}
