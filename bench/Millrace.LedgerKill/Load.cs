using System.Diagnostics;
using System.Globalization;
using System.Text;
using Millrace.Scheduling;
using Millrace.Server.Ledger;
using Millrace.Server.Prices;

namespace Millrace.LedgerKill;

/// <summary>
/// Streams requests through a ledger for ever, and tells its standard output what a client would know, each line in one write, so that a kill leaves whole lines.
/// A id prompt cached: is asked. R id: is reserved. D id: stands for another. T id tokens: has been handed so many. S id sequence tokens price: has seen its end.
/// </summary>
sealed class Load(UsageLedger ledger, int seed, Stream output)
{
    public static readonly ModelPrice Price = new(1_000_000, 100_000, 3_000_000);

    const int Streams = 16;
    const int MostTokens = 200;

    readonly Lock _gate = new();

    /// <summary>Opens the ledger, with a kill of the own process at the n-th time that a step is reached.</summary>
    public static UsageLedger Open(string path, WriteStep? crashAt, int crashTime)
    {
        int times = 0;
        return UsageLedger.Open(path, TimeProvider.System, "EUR", step =>
        {
            if (step == crashAt && ++times == crashTime)
            {
                Process.GetCurrentProcess().Kill();
            }
        });
    }

    /// <summary>Runs until the process is killed or the ledger fails.</summary>
    public Task RunAsync() => Task.WhenAll(Enumerable.Range(0, Streams).Select(stream => Task.Run(() => StreamAsync(new Random(seed * Streams + stream), stream))));

    async Task StreamAsync(Random random, int stream)
    {
        for (int number = 0; ; number++)
        {
            IdempotencyKey? alias = random.Next(4) == 0 ? new($"{seed}-{stream}-{number}", "body") : null;
            OpenRequest?[] requests = await Task.WhenAll(Enumerable.Range(0, alias is null ? 1 : 3).Select(_ => ReserveAsync(random.Next(1, 50), alias)));
            if (requests.SingleOrDefault(request => request is not null) is { } request)
            {
                await AnswerAsync(request, random);
            }
        }
    }

    async Task<OpenRequest?> ReserveAsync(int prompt, IdempotencyKey? alias)
    {
        Reservation reservation = new()
        {
            Id = RequestId.New(),
            Tenant = "tenant",
            Key = "key",
            Model = "story",
            Class = ServiceClass.Standard,
            PromptTokens = prompt,
            OutputTokens = MostTokens,
            Price = Price,
            PriceVersion = "EUR-1",
            Idempotency = alias,
        };
        Say($"A {reservation.Id} {prompt} {prompt / 2}");
        ReserveResult result = await ledger.ReserveAsync(reservation);
        Say($"{(result.Status == ReserveStatus.Reserved ? 'R' : 'D')} {reservation.Id}");
        return result.Status == ReserveStatus.Reserved ? result.Request : null;
    }

    async Task AnswerAsync(OpenRequest request, Random random)
    {
        long prompt = request.Reservation.PromptTokens;
        int length = random.Next(0, MostTokens);
        int tokens = 0;
        while (tokens < length)
        {
            // One token as a rule, several where drafts were accepted.
            tokens = Math.Min(length, tokens + (random.Next(8) == 0 ? random.Next(1, 9) : 1));
            Say($"T {request.Id} {tokens}");
            await request.ProgressAsync(tokens, prompt / 2);
            if (random.Next(16) == 0)
            {
                await Task.Yield();
            }
        }

        Ending ending = (Ending)random.Next((int)Ending.Stop, (int)Ending.Error + 1);
        Receipt receipt = await request.SettleAsync(new Outcome { Ending = ending, PromptTokens = tokens > 0 ? prompt : 0, CachedTokens = tokens > 0 ? prompt / 2 : 0, CompletionTokens = tokens });
        Say($"S {request.Id} {receipt.Sequence} {tokens} {receipt.Charge.Total}");
    }

    void Say(FormattableString line)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(line.ToString(CultureInfo.InvariantCulture) + "\n");
        lock (_gate)
        {
            output.Write(bytes);
        }
    }
}
