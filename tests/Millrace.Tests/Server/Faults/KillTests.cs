using System.Collections.Concurrent;
using System.Globalization;
using Millrace.Server.Ledger;

namespace Millrace.Tests.Server.Faults;

/// <summary>kill -9 of the whole server under load, again and again on the same ledger.</summary>
public sealed class KillTests
{
    const int Clients = 8;

    // How often a long run looks at the ledger, so that it can be ended at any time and has said how far it came.
    const int RoundsBetweenChecks = 100;

    [Fact, Trait("Probe", "90")]
    public async Task Killed_under_load_it_loses_no_acknowledged_record_doubles_none_and_bills_at_most_64_tokens_less()
    {
        int kills = Environment.GetEnvironmentVariable("MILLRACE_KILLS") is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : 20;
        using TemporaryFolder folder = new();
        string model = folder.Path("story.gguf");
        StoryWithTemplate.Write(model);
        ConcurrentBag<StreamedAnswer> answers = [];
        Random random = new(1);
        for (int round = 0; round < kills; round++)
        {
            using ServerProcess server = await ServerProcess.StartAsync(folder.Path(), model);
            Task[] clients = [.. Enumerable.Range(0, Clients).Select(client => LoadAsync(server, answers, (round * Clients) + client))];
            await Task.Delay(random.Next(100, 900), TestContext.Current.CancellationToken);
            server.Kill();
            await Task.WhenAll(clients);
            if ((round + 1) % RoundsBetweenChecks == 0 || round + 1 == kills)
            {
                await CheckAsync(round + 1, answers, folder, model);
            }
        }
    }

    static async Task LoadAsync(ServerProcess server, ConcurrentBag<StreamedAnswer> answers, int seed)
    {
        for (int i = 0; !server.HasExited; i++)
        {
            bool stream = (seed + i) % 4 != 0; // of what is sent whole, nothing has come
            StreamedAnswer answer = await StreamedAnswer.ReadAsync(server.Http, 20 + (seed * 37 + i * 101) % 380, seed, stream: stream);
            if (answer.Id is not null && (stream || answer.IsWhole))
            {
                answers.Add(answer);
            }
        }
    }

    static async Task CheckAsync(int kills, ConcurrentBag<StreamedAnswer> answers, TemporaryFolder folder, string model)
    {
        using (ServerProcess settled = await ServerProcess.StartAsync(folder.Path(), model))
        {
            // Its start has settled what was open.
        }

        using LedgerReader ledger = LedgerReader.Open(folder.Path(UsageLedger.FileName));
        long verified = ledger.Verify();
        Dictionary<string, Receipt> records = ledger.Records().ToDictionary(receipt => receipt.Id.ToString()); // throws where one is doubled
        Assert.Equal(verified, records.Count);
        int cut = 0;
        long mostUnderBilled = 0;
        foreach (StreamedAnswer answer in answers)
        {
            Assert.True(records.TryGetValue(answer.Id!, out Receipt? receipt), $"{answer} has no record");
            long billed = receipt.Outcome.CompletionTokens;
            if (answer.IsWhole)
            {
                Assert.Equal((long)answer.Usage!, billed);
                continue;
            }

            cut++;
            mostUnderBilled = Math.Max(mostUnderBilled, answer.Pieces - billed);
            Assert.True(billed >= answer.Pieces - OpenRequest.MostTokensAtRisk, $"{answer} is billed {billed}");
            Assert.True(!receipt.Recovered || billed <= answer.Pieces, $"{answer} is billed {billed}");
        }

        HashSet<string> seen = [.. answers.Select(answer => answer.Id!)];
        Assert.All(records.Values, record => Assert.True(!record.Recovered || seen.Contains(record.Id.ToString()) || record.Outcome.PromptTokens + record.Outcome.CompletionTokens == 0, $"{record} is billed, and nobody saw it"));
        Assert.True(cut > 0 && answers.Count > cut, $"{answers.Count} answers, {cut} cut: the load was none");
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{kills} kills: {answers.Count} answers, {cut} of them cut off, {records.Count} records, {records.Values.Count(record => record.Recovered)} settled at a start; none lost, doubled or over-billed, at most {mostUnderBilled} tokens of a stream under-billed");
    }
}
