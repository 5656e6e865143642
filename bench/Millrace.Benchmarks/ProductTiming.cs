using System.Runtime.InteropServices;
using Millrace.Formats;
using Millrace.Formats.Blocks;
using Millrace.Kernels;

namespace Millrace.Benchmarks;

/// <summary>Seconds, not minutes: GB/s of weights and GOPS of a product for each type, path and token count, beside the read bandwidth of the same run.</summary>
/// <remarks>Arguments: <c>types=q4_0,q8_0 paths=avx2,avx512bw tokens=1,8,512 rows=8192 columns=2048 threads=2 ms=300 megabytes=300</c>, each with a default.</remarks>
static unsafe class ProductTiming
{
    public static int Run(Arguments arguments)
    {
        int rows = arguments.Number("rows", 8192), columns = arguments.Number("columns", 2048), milliseconds = arguments.Number("ms", 300);
        using WorkerPool pool = new(arguments.Number("threads", 2));
        using ReadBandwidth bandwidth = new(pool.Threads);
        long weights = arguments.Number("megabytes", 300) * 1_000_000L;
        int[] tokens = arguments.Numbers("tokens", "1,2,4,8,64,256");
        string[] paths = arguments.Text("paths", string.Join(',', KernelPaths.Supported.Select(KernelPaths.NameOf))).Split(',');
        Console.WriteLine($"{rows} × {columns}, {pool.Threads} threads; read {bandwidth.Measure() / 1e9:F1} GB/s");
        foreach (string name in arguments.Text("types", "q4_0,q8_0,q4_k,q6_k,f16,bf16,f32").Split(','))
        {
            Time(Arguments.Type(name), rows, columns, pool, paths, tokens, milliseconds, weights);
        }

        Console.WriteLine($"read {bandwidth.Measure() / 1e9:F1} GB/s");
        return 0;
    }

    static void Time(WeightType type, int rows, int columns, WorkerPool pool, string[] paths, int[] tokens, int milliseconds, long weights)
    {
        byte[] bytes = new byte[rows * type.RowBytes(columns)];
        RandomBlocks.Fill(type, bytes, 1, 0.02f);
        using WeightMatrix first = WeightMatrix.Load(type, rows, columns, bytes);
        (double best, _) = Seconds(() => WeightMatrix.Load(type, rows, columns, bytes).Dispose(), 100);
        Console.WriteLine($"{type.GgufName}: laid out at {bytes.Length / best / 1e9:F2} GB/s, {first.Bytes * 100.0 / bytes.Length:F1} % of the file");

        // Decode reads weights from memory: cycle through more of them than any cache holds.
        List<WeightMatrix> all = [first];
        while (all.Sum(matrix => matrix.Bytes) < weights)
        {
            all.Add(WeightMatrix.Load(type, rows, columns, bytes));
        }

        foreach (KernelPath path in KernelPaths.Supported.Where(path => paths.Contains(KernelPaths.NameOf(path))))
        {
            Console.Write($"  {KernelPaths.NameOf(path),-9}");
            foreach (int count in tokens)
            {
                using MatrixWork work = new(all, count) { Path = path };
                TimeSpan before = Environment.CpuUsage.TotalTime;
                work.Next(pool);
                double compiled = (Environment.CpuUsage.TotalTime - before).TotalMilliseconds;
                (double fastest, double median) = Seconds(() => work.Next(pool), milliseconds);
                Console.Write(count == 1
                    ? $"  {count}: {first.Bytes / fastest / 1e9:F1} ({first.Bytes / median / 1e9:F1}) GB/s [{compiled:F0}]"
                    : $"  {count}: {2.0 * rows * columns * count / fastest / 1e9:F0} ({2.0 * rows * columns * count / median / 1e9:F0}) [{compiled:F0}]");
            }

            Console.WriteLine();
        }

        all.ForEach(matrix => matrix.Dispose());
    }

    static (double Best, double Median) Seconds(Action action, int milliseconds) => new RunClock().Repeat(action, milliseconds, least: 5);
}
