using System.Text.Json;
using static Millrace.Benchmarks.Serving.Load;

namespace Millrace.Benchmarks.Serving;

/// <summary>What becomes of a server that is asked for 2 and 10 times what it can do: good answers per second against the most it reaches, how soon it refuses, and its memory.</summary>
static class Overload
{
    static readonly double[] Multiples = [0.9, 2, 10];

    public static void Run(Arguments arguments, ServedProcess server)
    {
        string cli = arguments.Text("cli");
        int clients = arguments.Number("clients", 16), seconds = arguments.Number("seconds", 10);
        string levels = arguments.Text("goodput", "");
        string shape = $"--random-input-len 32 --random-output-len 32{(levels.Length > 0 ? $" --goodput {levels.Replace(',', ' ')}" : "")}";
        JsonElement closed = Load.Run(cli, server, $"--max-concurrency {clients} --duration {seconds} {shape}");
        double capacity = Number(closed, "request_throughput"), peak = Good(closed);
        Console.WriteLine(Text($"{server.Name}: {clients} clients in a closed loop reach {capacity:f2} requests/s, {peak:f2} of them good"));
        foreach (double multiple in Multiples)
        {
            long before = server.ResidentBytes;
            JsonElement report = Load.Run(cli, server, Text($"--request-rate {multiple * capacity:f3} --duration {seconds} --num-warmups 0 {shape}"));
            double good = Good(report);
            peak = Math.Max(peak, good);
            Console.WriteLine(Text($"  {multiple} x: {Number(report, "completed")} answered, {Number(report, "failed")} refused; good {good:f2}/s = {good / peak * 100:f0} % of the peak; p99 TTFT {Number(report, "p99_ttft_ms"):f0} ms; memory {before / 1e6:f0} MB before, {server.ResidentBytes / 1e6:f0} after; client {Number(report, "client_cpu_percent"):f0} % of a core"));
            foreach (JsonElement failure in report.GetProperty("failures").EnumerateArray())
            {
                string wait = failure.TryGetProperty("min_retry_after_s", out JsonElement least) ? Text($", Retry-After {least.GetDouble()} to {Number(failure, "max_retry_after_s")} s") : "";
                Console.WriteLine(Text($"    {failure.GetProperty("kind").GetString()}: {failure.GetProperty("count").GetInt32()}, p50 {Number(failure, "median_latency_ms"):f1} ms, p99 {Number(failure, "p99_latency_ms"):f1} ms{wait}"));
            }
        }
    }

    static double Good(JsonElement report) =>
        report.GetProperty("request_goodput") is { ValueKind: JsonValueKind.Number } goodput ? goodput.GetDouble() : Number(report, "request_throughput");
}
