using System.Runtime.InteropServices;
using Millrace.Formats;
using Millrace.Formats.Blocks;
using Millrace.Kernels;
using Millrace.Planning.Hardware.Machine;

namespace Millrace.Benchmarks.Curves;

/// <summary>Products of one to 512 tokens, weights in memory, and the roof above them: what memory gives and what the instructions make, measured in the same run.</summary>
/// <remarks>Arguments: <c>results=FOLDER types=q4_0,q4_k,q8_0,f16 threads=2 ms=120 version=COMMIT</c>.</remarks>
static class RooflineRun
{
    const int Rows = 8192;
    const int Columns = 2048;
    const long WeightBytes = 200_000_000; // past any cache

    static readonly int[] Tokens = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

    public static int Run(Arguments arguments)
    {
        int threads = arguments.Number("threads", Environment.ProcessorCount), milliseconds = arguments.Number("ms", 120);
        RunClock clock = RunClock.Of(arguments);
        using WorkerPool pool = new(threads);
        using ReadBandwidth bandwidth = new(threads, clock);
        double before = bandwidth.Measure(), integers = PeakProducts.Measure(threads, clock), floats = PeakFlops.MeasureWidest(threads);
        Console.WriteLine(FormattableString.Invariant($"{CpuName.Full}, {threads} threads; memory read at {before / 1e9:F1} GB/s, {PeakProducts.Name} {integers / 1e9:F0} GOPS, floats {floats / 1e9:F0} GFLOP/s"));
        List<RooflineSeries> series = [];
        foreach (string name in arguments.Text("types", "q4_0,q4_k,q8_0,f16").Split(','))
        {
            series.Add(Measure(Arguments.Type(name), pool, milliseconds, clock));
            Console.WriteLine($"{name,-6} {string.Join("  ", series[^1].Points.Select(static point => FormattableString.Invariant($"{point.Tokens}: {point.OperationsPerSecond / 1e9:F0}")))} GOPS");
        }

        CurveFile.Write(arguments.Text("results"), "roofline.json", new Roofline(
            CpuName.Full, threads, before, bandwidth.Measure(), Math.Max(integers, PeakProducts.Measure(threads, clock)), PeakProducts.Name, floats, [.. series], arguments.Text("version", "")));
        return 0;
    }

    static RooflineSeries Measure(WeightType type, WorkerPool pool, int milliseconds, RunClock clock)
    {
        byte[] bytes = new byte[Rows * type.RowBytes(Columns)];
        RandomBlocks.Fill(type, bytes, 1, 0.02f);
        List<WeightMatrix> matrices = [];
        for (long sum = 0; sum < WeightBytes; sum += matrices[^1].Bytes)
        {
            matrices.Add(WeightMatrix.Load(type, Rows, Columns, bytes));
        }

        List<RooflinePoint> points = [];
        foreach (int tokens in Tokens)
        {
            using MatrixWork work = new(matrices, tokens);
            double operations = 2.0 * Rows * Columns * tokens;
            points.Add(new(tokens, operations / matrices[0].Bytes, operations / Median(work, pool, milliseconds, clock)));
        }

        matrices.ForEach(static matrix => matrix.Dispose());
        return new(type.GgufName, [.. points]);
    }

    static double Median(MatrixWork work, WorkerPool pool, int milliseconds, RunClock clock)
    {
        const int WarmUp = 30, Least = 5; // products, until the code is compiled at its best
        List<double> seconds = [];
        TimeSpan start = clock.Now;
        for (int i = 0; seconds.Count < Least || (clock.Now - start).TotalMilliseconds < milliseconds; i++)
        {
            TimeSpan begin = clock.Now;
            work.Next(pool);
            if (i >= WarmUp || (clock.Now - start).TotalMilliseconds > milliseconds)
            {
                seconds.Add((clock.Now - begin).TotalSeconds);
            }
        }

        seconds.Sort();
        return seconds[seconds.Count / 2];
    }
}
