using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Millrace.Formats;
using Millrace.Server.Ledger;
using Millrace.Server.Models;

namespace Millrace.Tests.Server.Inference;

/// <summary>Over HTTP: what a request gets and pays depends on nothing but the request, and what all pay is what the engine did.</summary>
public sealed class ExactOverHttpTests
{
    const int Requests = 16;
    const int MaxTokens = 100;

    // Room for the tokens of about six.
    const int FewBlocks = 24;

    [Theory, Trait("Probe", "79 116")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Alone_beside_15_others_whole_streamed_and_preempted_it_is_the_same_text_and_bill_and_the_receipts_add_up(bool crowded)
    {
        await using TestServer server = new() { Configure = options => options with { Prices = PipelineBench.Prices, Watts = 10, Models = [options.Models[0] with { KvBytes = crowded ? FewBlocks * BlockBytes(options.Models[0]) : null }] } };
        await server.InitializeAsync();
        List<Answer> answers = [];
        for (int request = 0; request < Requests; request++)
        {
            answers.Add(await AskAsync(server, request, stream: false, round: 0));
        }

        for (int round = 1; round <= 2; round++)
        {
            Answer[] together = await Task.WhenAll(Enumerable.Range(0, Requests).Select(request => AskAsync(server, request, stream: (request + round) % 2 == 0, round)));
            for (int request = 0; request < Requests; request++)
            {
                Assert.Equal((answers[request].Text, answers[request].Bill), (together[request].Text, together[request].Bill));
            }

            answers.AddRange(together);
        }

        Assert.Equal(Requests, answers.Take(Requests).Select(answer => answer.Text).Distinct().Count());
        EngineTotals totals = server.Services.GetRequiredService<ModelRegistry>().Engines[TestServer.Model].Totals;
        Assert.Equal(crowded, totals.Preemptions > 0);
        await AssertSumsAsync(server, totals, [.. answers.Select(answer => answer.Receipt)]);
    }

    static async Task AssertSumsAsync(TestServer server, EngineTotals totals, JsonNode[] receipts)
    {
        long Sum(Func<JsonNode, JsonNode?> number) => receipts.Sum(receipt => (long)number(receipt)!);
        Consumption spent = new(
            Sum(receipt => receipt["weight_bytes"]), Sum(receipt => receipt["kv_bytes_read"]), Sum(receipt => receipt["kv_bytes_written"]), Sum(receipt => receipt["flops"]),
            Sum(receipt => receipt["kv_byte_seconds"]), Sum(receipt => receipt["compute_microseconds"]), Sum(receipt => receipt["energy_microjoules"]));
        (long, long, long) tokens = (Sum(receipt => receipt["tokens"]!["prompt"]), Sum(receipt => receipt["tokens"]!["cached"]), Sum(receipt => receipt["tokens"]!["completion"]));
        long price = Sum(receipt => receipt["price"]!["total_micros"]);
        Assert.Equal(totals.Consumption, spent);
        Assert.True(spent.EnergyMicrojoules > 0 && spent.KvByteSeconds > 0);
        Assert.Equal((totals.PromptTokens, totals.CachedTokens, totals.CompletionTokens), tokens);
        using LedgerReader ledger = LedgerReader.Open(server.Services.GetRequiredService<UsageLedger>().Path);
        IReadOnlyList<Receipt> records = ledger.Records();
        Assert.Equal(receipts.Length, records.Count);
        Assert.Equal(spent, records.Aggregate(default(Consumption), (sum, record) => sum + record.Outcome.Consumption));
        Assert.Equal(price, records.Sum(record => record.Charge.Total));
        JsonNode usage = Assert.Single((await server.GetAsync("/v1/usage")).Json["data"]!.AsArray())!;
        long Of(string name) => (long)usage[name]!;
        Assert.Equal((receipts.Length, tokens.Item1, tokens.Item2, tokens.Item3, price), (Of("requests"), Of("prompt_tokens"), Of("cached_tokens"), Of("completion_tokens"), Of("price_micros")));
        Assert.Equal(spent, new(
            Of("weight_bytes"), Of("kv_bytes_read"), Of("kv_bytes_written"), long.Parse((string)usage["flops"]!, System.Globalization.CultureInfo.InvariantCulture),
            Of("kv_byte_seconds"), Of("compute_microseconds"), Of("energy_microjoules")));
    }

    /// <summary>Asks for what the number of a request says; nothing of another round is found in the cache.</summary>
    static async Task<Answer> AskAsync(TestServer server, int request, bool stream, int round)
    {
        TestReply reply = await server.PostAsync("/v1/completions", new JsonObject
        {
            ["model"] = TestServer.Model, ["prompt"] = "Once upon a time there was a small mill"[..(4 + request)], ["max_tokens"] = MaxTokens, ["ignore_eos"] = true,
            ["seed"] = request, ["cache_salt"] = $"{request} {round}", ["receipt"] = true, ["stream"] = stream,
        });
        JsonNode[] chunks = stream ? [.. reply.Chunks] : [reply.Json];
        JsonNode receipt = chunks[^1]["millrace"]!["receipt"]!;
        return new(string.Concat(chunks.Select(chunk => (string?)chunk["choices"]![0]!["text"])), $"{receipt["tokens"]!.ToJsonString()} {receipt["price"]!.ToJsonString()}", receipt);
    }

    static long BlockBytes(Millrace.Server.Hosting.ModelOptions model)
    {
        using ModelFile file = ModelFile.Open(model.Path);
        return MemoryPlan.For(file, model, long.MaxValue / 2).Needs.KvBlock;
    }

    sealed record Answer(string Text, string Bill, JsonNode Receipt);
}
