using System.Globalization;
using Millrace.Server.Inference;
using Millrace.Server.Ledger;
using static Millrace.Tests.Server.Inference.PipelineBench;

namespace Millrace.Tests.Server.Inference;

/// <summary>Cancels at random moments, of many tenants at once: no block is lost, and nobody sees another's answer.</summary>
public sealed class StormTests
{
    [Fact, Trait("Probe", "84")]
    public async Task Ten_thousand_random_cancels_lose_no_block_and_show_nobody_another_s_answer()
    {
        int cancels = Environment.GetEnvironmentVariable("MILLRACE_CANCELS") is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : 10_000;
        FakeDevice device = new(120);
        await using PipelineBench bench = new(device, start: () => device.Start(blocks: 120, tokenizer: Tokenizer));
        Caller[] callers = [.. Enumerable.Range(0, 8).Select(i => bench.NewCaller($"tenant{i}"))];
        int next = 0;
        long handedOut = 0;
        await Task.WhenAll(Enumerable.Range(0, 32).Select(worker => Task.Run(async () =>
        {
            Random random = new(worker);
            while (Interlocked.Increment(ref next) <= cancels)
            {
                // The same prompts for all: only the tenant, and what is theirs, differs in the cache.
                int[] prompt = Tokens(random.Next(40), 1 + random.Next(60));
                Interlocked.Add(ref handedOut, await CancelAtRandomAsync(bench, callers[random.Next(8)], prompt, random));
            }
        })));
        using LedgerReader reader = LedgerReader.Open(bench.Ledger.Path);
        UsageRow all = Assert.Single(reader.Usage(new()));
        Assert.Equal((cancels, handedOut), (all.Requests, all.CompletionTokens));
    }

    /// <summary>Starts a request and leaves it: at once, after some tokens, at the last one, or after a while from the side. Returns the tokens it got.</summary>
    static async Task<int> CancelAtRandomAsync(PipelineBench bench, Caller caller, int[] prompt, Random random)
    {
        const int Most = 20;
        using CancellationTokenSource source = new();
        int take = random.Next(4) switch { 0 => 0, 1 => random.Next(Most), 2 => Most, _ => int.MaxValue };
        await using Millrace.Server.Inference.Inference inference = await bench.StartAsync(Ask(prompt, Most), caller);
        if (take == int.MaxValue && random.Next(2) == 0)
        {
            source.CancelAfter(TimeSpan.FromMicroseconds(random.Next(5000)));
        }
        else if (take == int.MaxValue)
        {
            inference.Cancel(0);
            inference.Cancel(0);
        }

        List<int> tokens = [];
        try
        {
            if (take > 0)
            {
                await foreach (InferenceEvent item in inference.ReadAsync(source.Token))
                {
                    if (item.Token is { } token)
                    {
                        tokens.Add(token.Token);
                    }

                    if (tokens.Count >= take)
                    {
                        break;
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // as asked
        }

        Assert.Equal(bench.Device.Model.Continue(prompt, Most)[..tokens.Count], tokens);
        return tokens.Count;
    }
}
