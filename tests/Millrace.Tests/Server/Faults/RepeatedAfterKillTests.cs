using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Millrace.Server.Ledger;

namespace Millrace.Tests.Server.Faults;

/// <summary>kill -9 under requests with an idempotency key, which their clients send again after the restart.</summary>
public sealed class RepeatedAfterKillTests
{
    const int Clients = 12;

    [Fact, Trait("Probe", "90")]
    public async Task What_is_sent_again_after_a_kill_is_billed_once()
    {
        int kills = Environment.GetEnvironmentVariable("MILLRACE_KILLS") is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : 5;
        using TemporaryFolder folder = new();
        string model = folder.Path("story.gguf");
        StoryWithTemplate.Write(model);
        Random random = new(1);
        ConcurrentBag<Sent> all = [], first = [];
        for (int round = 0; round <= kills; round++)
        {
            using ServerProcess server = await ServerProcess.StartAsync(folder.Path(), model);
            foreach (Sent again in await Task.WhenAll(first.GroupBy(static sent => sent.Key).Select(sends => AgainAsync(server, [.. sends]))))
            {
                all.Add(again);
            }

            first.Clear();
            if (round < kills)
            {
                int number = round;
                Task[] clients = [.. Enumerable.Range(0, Clients).Select(client => LoadAsync(server, first, (number * Clients) + client))];
                await Task.Delay(random.Next(100, 900), TestContext.Current.CancellationToken);
                server.Kill();
                await Task.WhenAll(clients);
                all = [.. all, .. first];
            }
        }

        Check(folder, all);
    }

    // Some send while the first is still answered, as clients do that have lost their patience.
    static async Task LoadAsync(ServerProcess server, ConcurrentBag<Sent> sent, int seed)
    {
        bool isThere = true;
        for (int i = 0; isThere; i++)
        {
            string key = $"{seed}-{i}";
            Sent[] sends = await Task.WhenAll(Enumerable.Range(0, 1 + (i % 2)).Select(_ => SendAsync(server, key, seed, 20 + (((seed * 37) + (i * 101)) % 380))));
            Array.ForEach(sends, sent.Add);
            isThere = sends.All(static one => one.Answer.IsWhole);
        }
    }

    static async Task<Sent> SendAsync(ServerProcess server, string key, int seed, int tokens) =>
        new(key, seed, tokens, await StreamedAnswer.ReadAsync(server.Http, tokens, seed, idempotencyKey: key));

    // What a client saw of the first is what it pays for; only what stands for nothing runs now.
    static async Task<Sent> AgainAsync(ServerProcess server, Sent[] before)
    {
        Sent again = await SendAsync(server, before[0].Key, before[0].Seed, before[0].Tokens);
        if (before.Any(static sent => sent.Answer.IsWhole))
        {
            Assert.Equal(HttpStatusCode.Conflict, again.Answer.Status);
        }

        if (again.Answer.Status == HttpStatusCode.Conflict)
        {
            Assert.All(before.Where(static sent => sent.Answer.Id is not null), sent => Assert.Contains(sent.Answer.Id!, again.Answer.Error, StringComparison.Ordinal));
            return again with { Answer = again.Answer with { Id = null } };
        }

        Assert.Equal((HttpStatusCode.OK, before[0].Tokens), (again.Answer.Status, again.Answer.Usage));
        return again;
    }

    static void Check(TemporaryFolder folder, ConcurrentBag<Sent> all)
    {
        using LedgerReader ledger = LedgerReader.Open(folder.Path(UsageLedger.FileName));
        ledger.Verify();
        Dictionary<string, Receipt> records = ledger.Records().ToDictionary(static record => record.Id.ToString()); // throws where one is doubled
        Dictionary<string, Receipt> billed = records.Where(static record => !record.Value.Outcome.IsFree).ToDictionary();
        int refused = 0, anew = 0;
        foreach (Sent[] sends in all.GroupBy(static sent => sent.Key).Select(static sends => sends.ToArray()))
        {
            string[] ids = [.. sends.Select(static sent => sent.Answer.Id).OfType<string>().Distinct()];
            Assert.All(ids, id => Assert.True(records.ContainsKey(id), $"{id} has no record"));
            string[] paid = [.. ids.Where(billed.ContainsKey)];
            Assert.True(paid.Length <= 1, $"{sends[0].Key} is billed as {string.Join(" and as ", paid)}");
            foreach (string id in paid)
            {
                StreamedAnswer[] seen = [.. sends.Select(static sent => sent.Answer).Where(answer => answer.Id == id)];
                long tokens = billed[id].Outcome.CompletionTokens, most = seen.Max(static answer => answer.Pieces);
                Assert.All(seen.Where(static answer => answer.IsWhole), answer => Assert.Equal((long)answer.Usage!, tokens));
                Assert.True(tokens >= most - OpenRequest.MostTokensAtRisk, $"{sends[0].Key}: {most} tokens are billed as {tokens}");
            }

            refused += sends.Any(static sent => sent.Answer.Status == HttpStatusCode.Conflict) ? 1 : 0;
            anew += ids.Length > 1 ? 1 : 0;
        }

        Assert.True(billed.Count <= all.Select(static sent => sent.Key).Distinct().Count(), "a request that nobody saw is billed beside its repeat");
        Assert.True(refused > 0, "nothing was refused: the load was none"); // what crashed before its first mark, and runs anew, is rare
        TestContext.Current.TestOutputHelper?.WriteLine($"{all.Select(static sent => sent.Key).Distinct().Count()} keys: {refused} had run before the kill and were refused after it, {anew} ran anew; {billed.Count} billed, none twice");
    }

    /// <summary>A request and what came of it.</summary>
    sealed record Sent(string Key, int Seed, int Tokens, StreamedAnswer Answer);
}
