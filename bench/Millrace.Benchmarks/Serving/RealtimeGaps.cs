using System.Text.Json;
using static Millrace.Benchmarks.Serving.Load;

namespace Millrace.Benchmarks.Serving;

/// <summary>How long who is being answered waits for a token while the prompt of another, of 2,048 tokens and a lower class, is computed: gaps that overlap its computation against those of a quiet server.</summary>
static class RealtimeGaps
{
    const int LongPrompt = 2048;
    const int LongPrompts = 3;
    static readonly TimeSpan Beginning = TimeSpan.FromSeconds(5);

    public static void Run(Arguments arguments, ServedProcess server)
    {
        string cli = arguments.Text("cli");
        int quiet = arguments.Number("quiet", 150);
        int answer = arguments.Number("realtime", 400);
        double[] calm = [.. Gaps(Load.Run(cli, server, $"--num-prompts 1 --random-input-len 32 --random-output-len {quiet} --service-tier realtime --save-detailed")).Select(gap => gap.To - gap.From)];
        Array.Sort(calm);

        // The one is answered until the other's prompts are done.
        using Load answered = Load.Start(cli, server, $"--max-concurrency 1 --random-input-len 32 --random-output-len {answer} --service-tier realtime --seed 1 --save-detailed");
        Thread.Sleep(Beginning);
        JsonElement prompts = Load.Run(cli, server, $"--max-concurrency 1 --num-prompts {LongPrompts} --num-warmups 0 --random-input-len {LongPrompt} --random-output-len 2 --service-tier batch --seed 2 --save-detailed");
        (double From, double To)[] computations = [.. prompts.GetProperty("requests").EnumerateArray().Select(request => (request.GetProperty("start").GetDouble(), request.GetProperty("texts")[0].GetDouble()))];
        double[] disturbed = [.. Gaps(answered.Interrupt()).Where(gap => computations.Any(work => gap.From < work.To && gap.To > work.From)).Select(gap => gap.To - gap.From)];
        Array.Sort(disturbed);
        if (calm.Length == 0 || disturbed.Length == 0)
        {
            Console.WriteLine($"{server.Name}: no gaps overlap a prompt's computation");
            return;
        }

        double middle = At(calm, 0.5), late = At(disturbed, 0.99), longest = disturbed[^1];
        Console.WriteLine($"{server.Name}: realtime beside prompts of {LongPrompt} tokens, gaps between tokens in ms");
        Console.WriteLine(Text($"  quiet p50 {middle * 1e3:f1}, p99 {At(calm, 0.99) * 1e3:f1}; {disturbed.Length} that overlap: p50 {At(disturbed, 0.5) * 1e3:f1}, p99 {late * 1e3:f1} = {late / middle:f2} x, longest {longest * 1e3:f1} = {longest / middle:f2} x"));
        Console.WriteLine(Text($"  prompts took {computations.Average(work => work.To - work.From):f2} s each"));
    }

    static double At(double[] sorted, double part) => sorted[(int)Math.Min(sorted.Length - 1, Math.Ceiling(part * sorted.Length) - 1)];

    static IEnumerable<(double From, double To)> Gaps(JsonElement report)
    {
        foreach (JsonElement request in report.GetProperty("requests").EnumerateArray())
        {
            double[] texts = [.. request.GetProperty("texts").EnumerateArray().Select(text => text.GetDouble())];
            for (int i = 1; i < texts.Length; i++)
            {
                yield return (texts[i - 1], texts[i]);
            }
        }
    }
}
