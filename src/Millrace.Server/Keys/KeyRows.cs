using Millrace.Scheduling;
using Millrace.Server.Ledger;

namespace Millrace.Server.Keys;

/// <summary>Keys as rows of their table, in the order of its columns.</summary>
static class KeyRows
{
    public static object?[] Of(ApiKey key, byte[] digest) =>
    [
        key.Id, key.Name, key.Tenant, (long)key.Scopes, (long)key.Class,
        key.Limits.RequestsPerMinute, key.Limits.TokensPerMinute, key.Limits.Concurrency, key.Limits.Budget,
        LedgerTime.Of(key.Created), key.Revoked is { } revoked ? LedgerTime.Of(revoked) : null, digest,
    ];

    public static (ApiKey Key, byte[] Digest) ToKey(object?[] row)
    {
        ApiKey key = new()
        {
            Id = (string)row[0]!,
            Name = (string)row[1]!,
            Tenant = (string)row[2]!,
            Scopes = (KeyScopes)(long)row[3]!,
            Class = (ServiceClass)(long)row[4]!,
            Limits = new() { RequestsPerMinute = (long?)row[5], TokensPerMinute = (long?)row[6], Concurrency = (long?)row[7], Budget = (long?)row[8] },
            Created = LedgerTime.ToUtc((long)row[9]!),
            Revoked = row[10] is long revoked ? LedgerTime.ToUtc(revoked) : null,
        };
        return (key, (byte[])row[11]!);
    }
}
