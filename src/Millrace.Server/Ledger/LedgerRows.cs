using Millrace.Scheduling;
using Millrace.Server.Prices;

namespace Millrace.Server.Ledger;

/// <summary>Records and reservations as rows of their tables, in the order of <see cref="LedgerSchema"/>'s columns.</summary>
static class LedgerRows
{
    /// <summary>A record's values, without its hash.</summary>
    public static object?[] Of(Receipt receipt)
    {
        Outcome outcome = receipt.Outcome;
        Consumption spent = outcome.Consumption;
        return
        [
            receipt.Sequence, receipt.Id.ToBytes(), receipt.Correction, receipt.WrittenAt, receipt.Tenant, receipt.Key, receipt.Model, (long)receipt.Class,
            (long)outcome.Ending, outcome.PromptTokens, outcome.CachedTokens, outcome.CompletionTokens,
            outcome.QueueMicroseconds, outcome.PrefillMicroseconds, outcome.DecodeMicroseconds,
            spent.WeightBytes, spent.KvBytesRead, spent.KvBytesWritten, spent.Flops, spent.KvByteSeconds, spent.ComputeMicroseconds,
            spent.EnergyMicrojoules, outcome.EnergyMeasured ? 1L : 0L,
            receipt.Charge.Input, receipt.Charge.CachedInput, receipt.Charge.Output, receipt.PriceVersion,
        ];
    }

    /// <summary>The record that a row holds.</summary>
    public static Receipt ToReceipt(object?[] row)
    {
        int column = 0;
        return new Receipt
        {
            Sequence = Next<long>(),
            Id = RequestId.FromBytes(Next<byte[]>()),
            Correction = (string?)row[column++],
            WrittenAt = Next<long>(),
            Tenant = Next<string>(),
            Key = (string?)row[column++],
            Model = Next<string>(),
            Class = (ServiceClass)Next<long>(),
            Outcome = new Outcome
            {
                Ending = (Ending)Next<long>(),
                PromptTokens = Next<long>(),
                CachedTokens = Next<long>(),
                CompletionTokens = Next<long>(),
                QueueMicroseconds = Next<long>(),
                PrefillMicroseconds = Next<long>(),
                DecodeMicroseconds = Next<long>(),
                Consumption = new(Next<long>(), Next<long>(), Next<long>(), Next<long>(), Next<long>(), Next<long>(), Next<long>()),
                EnergyMeasured = Next<long>() != 0,
            },
            Charge = new(Next<long>(), Next<long>(), Next<long>()),
            PriceVersion = Next<string>(),
        };

        T Next<T>() => (T)row[column++]!;
    }

    /// <summary>A reservation's values with its last mark, without a hash.</summary>
    public static object?[] Of(Reservation reservation, long cachedTokens, long completionTokens) =>
    [
        reservation.Id.ToBytes(), reservation.Tenant, reservation.Key, reservation.Model, (long)reservation.Class, reservation.PromptTokens, reservation.OutputTokens,
        reservation.Price.Input, reservation.Price.CachedInput, reservation.Price.Output, reservation.PriceVersion, cachedTokens, completionTokens,
    ];

    /// <summary>The reservation that a row holds, and what its last mark says.</summary>
    public static (Reservation Reservation, long CachedTokens, long CompletionTokens) ToReservation(object?[] row)
    {
        Reservation reservation = new()
        {
            Id = RequestId.FromBytes((byte[])row[0]!),
            Tenant = (string)row[1]!,
            Key = (string?)row[2],
            Model = (string)row[3]!,
            Class = (ServiceClass)(long)row[4]!,
            PromptTokens = (long)row[5]!,
            OutputTokens = (long)row[6]!,
            Price = new((long)row[7]!, (long)row[8]!, (long)row[9]!),
            PriceVersion = (string)row[10]!,
        };
        return (reservation, (long)row[11]!, (long)row[12]!);
    }
}
