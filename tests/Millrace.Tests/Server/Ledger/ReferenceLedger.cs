using Millrace.Server.Ledger;

namespace Millrace.Tests.Server.Ledger;

/// <summary>What a ledger must do, in memory and without any thought of failure: the model for random histories.</summary>
sealed class ReferenceLedger
{
    readonly Dictionary<(string Tenant, string Alias), (string Body, RequestId First)> _aliases = [];
    readonly Dictionary<RequestId, (Reservation Reservation, long Cached, long Tokens)> _open = [];

    public List<(RequestId Id, Ending Ending, long Prompt, long Cached, long Tokens, long Price)> Records { get; } = [];

    public IEnumerable<RequestId> Open => _open.Keys;

    public (ReserveStatus Status, RequestId Id) Reserve(Reservation reservation)
    {
        if (reservation.Idempotency is { } alias)
        {
            bool known = _aliases.TryGetValue((reservation.Tenant, alias.Value), out (string Body, RequestId First) first);
            if (known && first.Body != alias.BodyHash)
            {
                return (ReserveStatus.Conflict, first.First);
            }

            if (known && !Records.Any(record => record.Id == first.First && record is { Ending: Ending.Error or Ending.Crashed, Tokens: 0 }))
            {
                return (ReserveStatus.Repeated, first.First);
            }

            _aliases[(reservation.Tenant, alias.Value)] = (alias.BodyHash, reservation.Id);
        }

        _open.Add(reservation.Id, (reservation, 0, 0));
        return (ReserveStatus.Reserved, reservation.Id);
    }

    public void Mark(RequestId id, long cached, long tokens) => _open[id] = (_open[id].Reservation, cached, tokens);

    public bool IsMarked(RequestId id) => _open[id].Tokens > 0;

    public void Settle(RequestId id, Outcome outcome)
    {
        _open.Remove(id, out (Reservation Reservation, long Cached, long Tokens) open);
        long price = outcome.Ending == Ending.Error && outcome.CompletionTokens == 0 ? 0
            : open.Reservation.Price.Of(outcome.PromptTokens - outcome.CachedTokens, outcome.CachedTokens, outcome.CompletionTokens).Total;
        Records.Add((id, outcome.Ending, outcome.PromptTokens, outcome.CachedTokens, outcome.CompletionTokens, price));
    }

    public void Restart()
    {
        foreach ((RequestId id, (Reservation reservation, long cached, long tokens)) in _open.ToArray())
        {
            Settle(id, new() { Ending = Ending.Crashed, PromptTokens = tokens > 0 ? reservation.PromptTokens : 0, CachedTokens = cached, CompletionTokens = tokens });
        }
    }
}
