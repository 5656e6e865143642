using System.Text.Json;
using static Millrace.Benchmarks.Serving.Load;

namespace Millrace.Benchmarks.Serving;

/// <summary>
/// <c>millrace serve</c> and llama.cpp's server over the same model, with the same load in turns (A, B, A, B …), so that a neighbour's
/// load falls on both: tokens per second at 16 clients, how a long prompt disturbs who is being answered, and what becomes of an overload.
/// </summary>
/// <remarks>
/// Arguments: <c>what=throughput,realtime,overload model=FILE cli=Millrace.Cli.dll peer=llama-server batched=llama-batched-bench</c>, where a
/// missing <c>peer</c> or <c>only=peer</c> leaves one out, then <c>threads=2 turns=3 clients=16 context=2560 prompt=64 answer=128 seconds=10
/// ubatch=512</c> and <c>goodput=…</c>, service levels of <c>bench serve</c> with commas between.
/// </remarks>
static class ServePeer
{
    const int FirstPort = 18080;

    public static int Run(Arguments arguments)
    {
        string folder = Path.GetFullPath(arguments.Text("folder", "artifacts/bench"));
        Directory.CreateDirectory(folder);
        List<ServedProcess> servers = [];
        try
        {
            Start(arguments, folder, servers);
            servers.ForEach(server => server.WaitUntilReady());
            string[] parts = arguments.Text("what", "throughput,realtime,overload").Split(',');
            if (parts.Contains("throughput"))
            {
                Throughput(arguments, servers);
            }

            if (parts.Contains("realtime"))
            {
                servers.ForEach(server => RealtimeGaps.Run(arguments, server));
            }

            if (parts.Contains("overload"))
            {
                servers.ForEach(server => Overload.Run(arguments, server));
            }

            return 0;
        }
        finally
        {
            servers.ForEach(server => server.Dispose());
        }
    }

    static void Start(Arguments arguments, string folder, List<ServedProcess> servers)
    {
        string model = arguments.Text("model"), only = arguments.Text("only", "");
        int threads = arguments.Number("threads", Environment.ProcessorCount), clients = arguments.Number("clients", 16), context = arguments.Number("context", 2560);
        string peer = arguments.Text("peer", "");
        if (only != "peer")
        {
            servers.Add(new ServedProcess("millrace", FirstPort, folder, "dotnet",
                [arguments.Text("cli"), "serve", "-m", model, "--port", $"{FirstPort}", "--threads", $"{threads}", "--ctx", $"{context}", "--parallel", $"{clients}", .. FirstToken(arguments)]));
        }

        if (peer.Length > 0 && only != "millrace")
        {
            // One context for all clients, decoded in one batch; the sampler does no more than a greedy one must.
            int port = FirstPort + 1;
            servers.Add(new ServedProcess("llama.cpp", port, folder, peer,
                "-m", model, "--host", "127.0.0.1", "--port", $"{port}", "-t", $"{threads}", "-tb", $"{threads}", "-c", $"{context * clients}", "-np", $"{clients}",
                "-b", "2048", "-ub", $"{arguments.Number("ubatch", 512)}", "-fa", "on", "--samplers", "top_k", "--top-k", "1", "--cache-ram", "0"));
        }
    }

    /// <summary>The server is told the time to the first token that its answers are measured by.</summary>
    static string[] FirstToken(Arguments arguments) =>
        arguments.Text("goodput", "").Split(',').FirstOrDefault(static level => level.StartsWith("ttft:", StringComparison.Ordinal)) is { } level ? ["--ttft", $"standard={level[5..]}ms"] : [];

    static void Throughput(Arguments arguments, List<ServedProcess> servers)
    {
        int turns = arguments.Number("turns", 3), clients = arguments.Number("clients", 16), prompt = arguments.Number("prompt", 64), answer = arguments.Number("answer", 128);
        double[][] speeds = [.. servers.Select(_ => new double[turns])];
        double[][] cpu = [.. servers.Select(_ => new double[turns])];
        for (int turn = 0; turn < turns; turn++)
        {
            for (int i = 0; i < servers.Count; i++)
            {
                JsonElement report = Load.Run(arguments.Text("cli"), servers[i],
                    $"--max-concurrency {clients} --num-prompts {2 * clients} --random-input-len {prompt} --random-output-len {answer} --seed {turn}");
                speeds[i][turn] = Number(report, "output_throughput");
                cpu[i][turn] = Number(report, "client_cpu_percent");
            }
        }

        Console.WriteLine($"{clients} clients, prompts of {prompt}, answers of {answer} tokens, {turns} turns; output tokens/s of all, median (least to most)");
        for (int i = 0; i < servers.Count; i++)
        {
            Array.Sort(speeds[i]);
            Console.WriteLine(Text($"  {servers[i].Name,-10} {Median(speeds[i]):f1} ({speeds[i][0]:f1} to {speeds[i][^1]:f1}); the client took {cpu[i].Max():f0} % of a core"));
        }

        if (servers.Count == 2)
        {
            Console.WriteLine(Text($"  ratio {Median(speeds[0]) / Median(speeds[1]):f2}"));
        }

        if (arguments.Text("batched", "") is { Length: > 0 } batched && servers.Find(server => server.Name == "llama.cpp") is { } peer)
        {
            double own = BatchedBench.Run(batched, arguments.Text("model"), arguments.Number("threads", Environment.ProcessorCount), clients, prompt, answer, arguments.Number("ubatch", 512));
            double served = Median(speeds[servers.IndexOf(peer)]);
            Console.WriteLine(Text($"  llama.cpp's own batched bench: {own:f1}, of which its server reaches {served / own:f2}"));
        }
    }

    /// <summary>The middle of sorted values.</summary>
    public static double Median(double[] sorted) => sorted[sorted.Length / 2];
}
