namespace Millrace.Scheduling;

/// <summary>What one tenant was served in one class, in tokens computed over its weight.</summary>
sealed class TenantShare(long served)
{
    /// <summary>Virtual time: thousandths of tokens over the weight.</summary>
    public long Served { get; set; } = served;

    /// <summary>Its sequences that wait or run.</summary>
    public int Active { get; set; }
}

/// <summary>Fairness between tenants: of those that wait in a class, who was served least comes first. One that comes anew begins where the least served is, so that waiting earns no credit.</summary>
/// <remarks>Virtual token counters: Sheng et al., "Fairness in Serving Large Language Models", 2024.</remarks>
sealed class TenantShares
{
    const int Scale = 1000;
    const int Kept = 1024; // of those with nothing to do: what they were served beyond others is not forgotten at once

    readonly Dictionary<(long Tenant, ServiceClass Class), TenantShare> _shares = [];

    /// <summary>A sequence comes.</summary>
    public TenantShare Enter(long tenant, ServiceClass serviceClass)
    {
        if (!_shares.TryGetValue((tenant, serviceClass), out TenantShare? share))
        {
            Forget();
            share = new TenantShare(0);
            _shares.Add((tenant, serviceClass), share);
        }

        if (share.Active == 0)
        {
            share.Served = Math.Max(share.Served, Least(serviceClass));
        }

        share.Active++;
        return share;
    }

    /// <summary>A sequence goes.</summary>
    public static void Leave(TenantShare share) => share.Active--;

    /// <summary>Tokens were computed.</summary>
    public static void Charge(TenantShare share, int tokens, int weight) => share.Served += (long)tokens * Scale / weight;

    long Least(ServiceClass serviceClass)
    {
        long least = long.MaxValue;
        foreach (((long _, ServiceClass other), TenantShare share) in _shares)
        {
            least = other == serviceClass && share.Active > 0 ? Math.Min(least, share.Served) : least;
        }

        return least == long.MaxValue ? 0 : least;
    }

    void Forget()
    {
        if (_shares.Count < Kept)
        {
            return;
        }

        foreach (((long, ServiceClass) key, TenantShare share) in _shares)
        {
            if (share.Active == 0)
            {
                _shares.Remove(key);
            }
        }
    }
}
