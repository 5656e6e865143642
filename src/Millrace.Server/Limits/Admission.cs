namespace Millrace.Server.Limits;

/// <summary>A request that runs within its key's limits.</summary>
public sealed class Admission
{
    readonly KeyState _state;
    int _released;

    internal Admission(KeyState state, long tokens, long price, long started)
    {
        _state = state;
        Tokens = tokens;
        Price = price;
        Started = started;
    }

    /// <summary>Tokens taken from the rate.</summary>
    internal long Tokens { get; }

    /// <summary>Money held back.</summary>
    internal long Price { get; }

    /// <summary>When it began, in microseconds.</summary>
    internal long Started { get; }

    /// <summary>Ends it: its place is free, unused tokens return to the rate, and the money held back is free. Call it after the ledger has settled the request, so that the true price is counted before the worst one is forgotten. Calls after the first do nothing.</summary>
    /// <param name="usedTokens">Prompt and completion tokens that count; the rest of what was taken is given back.</param>
    public void Release(long usedTokens)
    {
        if (Interlocked.Exchange(ref _released, 1) == 0)
        {
            _state.Release(this, usedTokens);
        }
    }
}
