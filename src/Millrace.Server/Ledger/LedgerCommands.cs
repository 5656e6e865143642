namespace Millrace.Server.Ledger;

/// <summary>Opens a request.</summary>
sealed class ReserveCommand(UsageLedger ledger, Reservation reservation) : LedgerCommand<ReserveResult>
{
    protected override ReserveResult Run(LedgerStore store)
    {
        if (ledger.Find(reservation.Id) is not null || store.Final(reservation.Id) is not null)
        {
            throw new ArgumentException($"request {reservation.Id} is not new");
        }

        if (reservation.Idempotency is { } alias)
        {
            if (Earlier(store, alias) is { } earlier)
            {
                return earlier;
            }

            store.PutAlias(reservation.Tenant, alias, reservation.Id);
        }

        store.InsertOpen(reservation);
        return new(ReserveStatus.Reserved, reservation.Id, ledger.Add(reservation), null);
    }

    // A first request that is free stands for nothing: the key may be used again.
    ReserveResult? Earlier(LedgerStore store, IdempotencyKey alias)
    {
        if (store.FindAlias(reservation.Tenant, alias.Value) is not (string bodyHash, RequestId first))
        {
            return null;
        }

        if (bodyHash != alias.BodyHash)
        {
            return new(ReserveStatus.Conflict, first, null, null);
        }

        OpenRequest? open = ledger.Find(first);
        Receipt? receipt = open is null ? store.Final(first) : null;
        return receipt is { Outcome.IsFree: true } ? null : new(ReserveStatus.Repeated, first, open, receipt);
    }
}

/// <summary>Writes down how far a request has come.</summary>
sealed class MarkCommand(OpenRequest request, long cachedTokens, long completionTokens) : LedgerCommand<long>
{
    // A mark that was sent before the settlement is applied before it: the writer keeps the order.
    protected override long Run(LedgerStore store)
    {
        store.Mark(request.Reservation, cachedTokens, completionTokens);
        return completionTokens;
    }

    protected override void Completed(long result) => request.MarkIsDurable(result);
}

/// <summary>Ends a request with its one final record.</summary>
sealed class SettleCommand(UsageLedger ledger, OpenRequest request, Outcome outcome) : LedgerCommand<Receipt>
{
    protected override Receipt Run(LedgerStore store)
    {
        store.DeleteOpen(request.Id);
        Receipt receipt = store.Append(ledger.ReceiptOf(request.Reservation, outcome));
        ledger.Remove(request.Id);
        return receipt;
    }

    protected override void Completed(Receipt result) => ledger.Settled(request.Reservation, result);
}

/// <summary>Changes the price of a settled request by a record of its own.</summary>
sealed class CorrectCommand(UsageLedger ledger, RequestId id, long difference, string reason) : LedgerCommand<Receipt>
{
    protected override Receipt Run(LedgerStore store)
    {
        Receipt final = store.Final(id) ?? throw new ArgumentException($"request {id} has no final record");
        if (store.PriceOf(id) + difference < 0)
        {
            throw new ArgumentException($"request {id} costs {store.PriceOf(id)}: a correction by {difference} would make it negative");
        }

        return store.Append(final with
        {
            Correction = reason,
            WrittenAt = ledger.Now(),
            Outcome = new Outcome { Ending = final.Outcome.Ending, PromptTokens = 0, CompletionTokens = 0 },
            Charge = new(0, 0, difference),
        });
    }

    protected override void Completed(Receipt result) => ledger.Corrected(result);
}
