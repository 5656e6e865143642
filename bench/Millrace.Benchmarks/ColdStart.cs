using System.Diagnostics;
using System.Globalization;
using Millrace.Tests.Conformance;

namespace Millrace.Benchmarks;

/// <summary>From the start of a process to its first token, with the model's file in the page cache: Millrace's command line and the peer's driver in turns. llama.cpp runs twice a turn: as it is set up by default, with weights laid out anew for fast products, and with weights used as they are mapped, which begins sooner where prompts are short and is slower ever after.</summary>
/// <remarks>Arguments: <c>model=FILE driver=PROGRAM millrace=PROGRAM prompt=8 threads=2 repetitions=5 backend=FILE options="…"</c>; the driver is <c>bench/cold-start.c</c>, built, the backend a library of its folder (ggml's own choice unless given), the options Millrace's.</remarks>
static class ColdStart
{
    const int Context = 2048;

    public static int Run(Arguments arguments)
    {
        if (LlamaCpp.Folder is not { } libraries)
        {
            Console.Error.WriteLine("needs npm's @node-llama-cpp/linux-x64 under artifacts/peers (or MILLRACE_PEERS), on Linux x64");
            return 1;
        }

        string model = arguments.Text("model"), driver = arguments.Text("driver"), backend = arguments.Text("backend", "all");
        int threads = arguments.Number("threads", Environment.ProcessorCount), repetitions = arguments.Number("repetitions", 5);
        string[] tokens = [.. Enumerable.Range(1, arguments.Number("prompt", 8)).Select(static token => token.ToString(CultureInfo.InvariantCulture))];
        Side[] sides =
        [
            new("Millrace", arguments.Text("millrace"), [
                "run", "-m", model, "--tokens", string.Join(',', tokens), "-n", "1000", "--temp", "0", "--output", "ids", "-t", $"{threads}", "-c", $"{Context}",
                .. arguments.Text("options", "").Split(' ', StringSplitOptions.RemoveEmptyEntries)]),
            new("llama.cpp", driver, [libraries, backend, model, $"{threads}", $"{Context}", "1", .. tokens]),
            new("… as mapped", driver, [libraries, backend, model, $"{threads}", $"{Context}", "0", .. tokens]),
        ];
        // The first turn brings files into the page cache; it does not count.
        for (int turn = 0; turn <= repetitions; turn++)
        {
            foreach (Side side in sides)
            {
                side.Start(counts: turn > 0);
            }
        }

        Console.WriteLine($"{Path.GetFileName(model)}, {threads} threads, context {Context}, prompt of {tokens.Length} tokens, {repetitions} turns; seconds to the first token, median (least to most)");
        foreach (Side side in sides)
        {
            side.Report(sides[0]);
        }

        return 0;
    }

    sealed class Side(string name, string program, string[] args)
    {
        readonly List<double> _wall = [];
        readonly List<double> _processor = [];

        /// <summary>Starts the process, waits for the first byte it writes, and ends it.</summary>
        public void Start(bool counts)
        {
            long start = Stopwatch.GetTimestamp();
            using Process process = Process.Start(new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardInput = true })!;
            int first = process.StandardOutput.BaseStream.ReadByte();
            double wall = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (first < 0)
            {
                throw new InvalidOperationException($"{program} ended without a token");
            }

            process.Refresh();
            double processor = process.TotalProcessorTime.TotalSeconds;
            process.Kill();
            process.WaitForExit();
            if (counts)
            {
                _wall.Add(wall);
                _processor.Add(processor);
            }
        }

        public void Report(Side beside) => Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-12} {Median(_wall):f3} ({_wall.Min():f3} to {_wall.Max():f3}), processor {Median(_processor):f2}   Millrace takes {Median(beside._wall) / Median(_wall):f2} of it, of the processor's time {Median(beside._processor) / Median(_processor):f2}"));

        static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
    }
}
