using System.Globalization;
using Millrace.Server.Ledger;

namespace Millrace.LedgerKill;

/// <summary>What clients know of the requests of all rounds, and whether a ledger agrees.</summary>
sealed class History
{
    readonly Dictionary<RequestId, Known> _requests = [];

    /// <summary>Requests whose end a client was told.</summary>
    public int Acknowledged => _requests.Values.Count(request => request.Sequence > 0);

    /// <summary>Requests that a crash ended.</summary>
    public int Recovered { get; private set; }

    /// <summary>Completion tokens handed out and not billed, of the request with the most.</summary>
    public long MostUnderBilled { get; private set; }

    /// <summary>What was found wrong.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>Takes in a line of <see cref="Load"/>.</summary>
    public void Read(string line)
    {
        string[] words = line.Split(' ');
        if (words.Length < 2 || !RequestId.TryParse(words[1], out RequestId id))
        {
            return;
        }

        long Number(int index) => long.Parse(words[index], CultureInfo.InvariantCulture);
        switch (words[0])
        {
            case "A":
                _requests.Add(id, new Known { Prompt = Number(2), Cached = Number(3) });
                break;
            case "R":
                _requests[id].IsReserved = true;
                break;
            case "D":
                _requests[id].IsDouble = true;
                break;
            case "T":
                _requests[id].HandedOut = Number(2);
                _requests[id].FirstHandOver = _requests[id].FirstHandOver == 0 ? Number(2) : _requests[id].FirstHandOver;
                break;
            case "S":
                _requests[id].Sequence = Number(2);
                _requests[id].Price = Number(4);
                break;
        }
    }

    /// <summary>Holds a ledger's records against all that clients know.</summary>
    public void Check(IReadOnlyList<Receipt> records, Balance balance)
    {
        Dictionary<RequestId, Receipt> finals = [];
        foreach (Receipt record in records)
        {
            Demand(finals.TryAdd(record.Id, record), record.Id, "has two records");
            Demand(_requests.ContainsKey(record.Id), record.Id, "was never asked for");
        }

        Recovered = 0;
        MostUnderBilled = 0;
        foreach ((RequestId id, Known known) in _requests)
        {
            Check(id, known, finals.GetValueOrDefault(id));
        }

        long sum = records.Sum(record => record.Charge.Total);
        Demand(balance == new Balance(sum, 0), default, $"balance is {balance}, its records say {sum}");
    }

    void Check(RequestId id, Known known, Receipt? record)
    {
        if (record is null)
        {
            Demand(!known.IsReserved && known.Sequence == 0, id, "was acknowledged and is lost");
            return;
        }

        long billed = record.Outcome.CompletionTokens;
        long missing = known.HandedOut - billed;
        Demand(!known.IsDouble, id, "stands for another and has a bill of its own");
        Demand(missing >= 0, id, $"was handed {known.HandedOut} tokens and pays {billed}");
        Demand(record.Outcome.PromptTokens == 0 || known.HandedOut > 0, id, "pays its prompt without having a token");
        if (known.Sequence > 0)
        {
            Demand(record.Sequence == known.Sequence && missing == 0 && record.Charge.Total == known.Price && !record.Recovered, id, "differs from what its client was told");
        }
        else
        {
            Demand(missing <= OpenRequest.MostTokensAtRisk, id, $"was handed {known.HandedOut} tokens and pays only {billed}");
            Demand(record.Outcome.PromptTokens == known.Prompt || known.HandedOut == known.FirstHandOver, id, "does not pay its prompt");
        }

        long price = Load.Price.Of(record.Outcome.PromptTokens - record.Outcome.CachedTokens, record.Outcome.CachedTokens, billed).Total;
        Demand(record.Charge.Total == (record.Outcome.IsFree ? 0 : price), id, "has a wrong price");
        Recovered += record.Recovered ? 1 : 0;
        MostUnderBilled = Math.Max(MostUnderBilled, missing);
    }

    void Demand(bool holds, RequestId id, string fault)
    {
        if (!holds)
        {
            Faults.Add($"{id} {fault}");
        }
    }

    sealed class Known
    {
        public long Prompt { get; init; }

        public long Cached { get; init; }

        public bool IsReserved { get; set; }

        public bool IsDouble { get; set; }

        public long FirstHandOver { get; set; }

        public long HandedOut { get; set; }

        public long Sequence { get; set; }

        public long Price { get; set; }
    }
}
