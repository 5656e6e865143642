using System.Diagnostics;
using System.Globalization;
using Millrace.Cache;
using Millrace.Devices.Cpu;
using Millrace.Formats;
using Millrace.Scheduling;

namespace Millrace.Benchmarks;

/// <summary>How long a model takes to open, and the most memory that a run of it holds at once: no more than its file, its KV cache and 150 MB. For a process of its own.</summary>
/// <remarks>Arguments: <c>model=FILE context=2048 threads=2</c>.</remarks>
static class MemoryUse
{
    const double Allowance = 150;
    const double OpeningSeconds = 0.3;

    public static int Run(Arguments arguments)
    {
        string path = arguments.Text("model");
        int length = arguments.Number("context", 2048);
        long start = Stopwatch.GetTimestamp();
        using ModelFile file = ModelFile.Open(path);
        double opening = Stopwatch.GetElapsedTime(start).TotalSeconds;
        using CpuDevice device = CpuDevice.Load(file, new CpuOptions { Context = length, Threads = arguments.Number("threads", Environment.ProcessorCount), Weights = Enum.Parse<WeightMode>(arguments.Text("weights", "Panels")) });
        double loading = Stopwatch.GetElapsedTime(start).TotalSeconds - opening;
        Fill(device, length);
        double most = Most(), weights = new FileInfo(path).Length / 1e6, cache = (double)device.Cache.BlockBytes * device.Cache.Blocks / 1e6;
        double limit = weights + cache + Allowance;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"opened in {opening:f3} s (limit {OpeningSeconds} s), panels built in {loading:f1} s; at most {most:f0} MB held (limit {limit:f0} MB: file {weights:f0}, KV {cache:f0}, {Allowance})"));
        return most <= limit && opening < OpeningSeconds ? 0 : 1;
    }

    static void Fill(CpuDevice device, int length)
    {
        StepBatch batch = new();
        int[] blocks = [.. Enumerable.Range(0, KvCache.BlocksFor(length))];
        for (int position = 0; position < length; position += batch.Tokens.Count)
        {
            batch.Clear();
            batch.Tokens.AddRange(Enumerable.Repeat(1, Math.Min(device.Options.MaxTokens, length - position)));
            batch.Slices.Add(new StepSlice(0, batch.Tokens.Count, position, blocks, LogitRows: 1));
            device.Run(batch);
            _ = device.Logits(0)[0];
        }
    }

    // The kernel keeps the peak of the resident set.
    static double Most()
    {
        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024 / 1e6;
    }
}
