using System.Diagnostics;
using Millrace.Cache;
using Millrace.Devices.Cpu;
using Millrace.Formats;
using Millrace.Graphs;
using Millrace.Planning.Hardware.Machine;
using Millrace.Planning.Models;
using Millrace.Scheduling;

namespace Millrace.Benchmarks.Curves;

/// <summary>Models of growing size, from those that fit in a core's own cache to those that no cache holds: rows of weights stay with the same thread from token to token, so that a small model is read from cache.</summary>
/// <remarks>Arguments: <c>results=FOLDER types=q4_0,q8_0 threads=2 ms=300 version=COMMIT</c>.</remarks>
static class CacheRun
{
    const int Vocabulary = 512;
    const int Context = 256;
    const int WarmUp = 100, WarmUpMilliseconds = 400; // until the code is compiled at its best

    const int Least = 20; // steps that are measured

    // Width and layers: 2 MB to 1 GB of Q4_0, twice as much of Q8_0.
    static readonly (int Width, int Layers)[] Sizes =
        [(512, 1), (512, 2), (512, 3), (1024, 1), (1024, 2), (1024, 3), (1024, 4), (1024, 6), (1024, 8), (1024, 16), (2048, 8), (2048, 16), (2048, 30)];

    public static int Run(Arguments arguments)
    {
        int threads = arguments.Number("threads", Environment.ProcessorCount), milliseconds = arguments.Number("ms", 300);
        RunClock clock = RunClock.Of(arguments);
        using ReadBandwidth bandwidth = new(threads, clock);
        double before = bandwidth.Measure();
        Console.WriteLine($"{CpuName.Full}, {threads} threads, {string.Join(", ", Limits.Caches())}; memory read at {before / 1e9:F1} GB/s");
        Measure(Sizes[0].Width, Sizes[0].Layers, WeightType.Q4_0, threads, milliseconds, bandwidth, clock); // so that the first has its code compiled too
        List<CachePoint> points = [];
        foreach ((WeightType type, (int width, int layers)) in arguments.Text("types", "q4_0,q8_0").Split(',').SelectMany(static name => Sizes.Select(size => (Arguments.Type(name), size))))
        {
            CachePoint point = Measure(width, layers, type, threads, milliseconds, bandwidth, clock);
            points.Add(point);
            Console.WriteLine(FormattableString.Invariant(
                $"{point.Type} {point.Bytes / 1e6,8:F1} MB  {point.TokensPerSecond,8:F0} tokens/s  {point.TokensPerSecond * point.Bytes / 1e9,6:F1} GB/s of weights; plain loops {point.ReadBytesPerSecond / 1e9:F1}"));
        }

        CurveFile.Write(arguments.Text("results"), "cache.json", new CacheCurve(
            CpuName.Full, threads, string.Join(", ", Limits.Caches()), before, bandwidth.Measure(), [.. points], arguments.Text("version", "")));
        return 0;
    }

    static CachePoint Measure(int width, int layers, WeightType type, int threads, int milliseconds, ReadBandwidth bandwidth, RunClock clock)
    {
        ModelShape shape = new()
        {
            Layers = layers, Width = width, Ffn = 4 * width, Heads = width / 64, KvHeads = width / 256, HeadDim = 64, Vocabulary = Vocabulary, Context = Context, Tied = true,
        };
        using ShapeFile file = new("cache", shape, tensor => tensor.Role is TensorRole.Norm or TensorRole.Bias ? WeightType.F32 : TensorLayout.Fit(type, tensor.Extents[0]), random: true);
        using CpuDevice device = CpuDevice.Load(file, new CpuOptions { Threads = threads, Context = Context, MaxTokens = 1 });
        StepBatch batch = new();
        int[] blocks = [.. Enumerable.Range(0, device.Cache.Blocks)];
        List<double> seconds = [];
        long start = Stopwatch.GetTimestamp();
        for (int step = 0; seconds.Count < Least || Stopwatch.GetElapsedTime(start).TotalMilliseconds < WarmUpMilliseconds + milliseconds; step++)
        {
            TimeSpan begin = clock.Now;
            batch.Clear();
            batch.Tokens.Add(step % Vocabulary);
            batch.Slices.Add(new StepSlice(0, 1, 0, blocks, LogitRows: 1));
            device.Run(batch);
            _ = device.Logits(0)[0];
            if (step >= WarmUp && Stopwatch.GetElapsedTime(start).TotalMilliseconds >= WarmUpMilliseconds)
            {
                seconds.Add((clock.Now - begin).TotalSeconds);
            }
        }

        seconds.Sort();
        long bytes = (long)device.Plan.Cost(new StepShape([(0, 1)], 1, KvCache.NumberBytesWithScale(device.Cache.Type, 64))).WeightBytes;
        return new(type.GgufName, bytes, 1 / seconds[seconds.Count / 2], bandwidth.Measure(bytes));
    }
}
