namespace Millrace.Planning.Simulation;

/// <summary>Takes note of what requests get, from a request that it is told to begin with.</summary>
/// <param name="from">The number of the first request that counts; what came before fills the fleet.</param>
sealed class Meter(long from = 0)
{
    readonly List<double> _ttft = [], _tpot = [], _e2e = [];

    /// <summary>Gaps between tokens, in seconds.</summary>
    public Histogram Itl { get; } = new();

    /// <summary>Seconds to first tokens.</summary>
    public IReadOnlyList<double> Ttft => _ttft;

    /// <summary>Seconds for each token after the first.</summary>
    public IReadOnlyList<double> Tpot => _tpot;

    /// <summary>Seconds from arrival to end.</summary>
    public IReadOnlyList<double> E2e => _e2e;

    /// <summary>Requests that came.</summary>
    public long Arrived { get; private set; }

    /// <summary>Requests that could never fit.</summary>
    public long Rejected { get; private set; }

    /// <summary>Requests that are complete, those before the first that counts too.</summary>
    public long Completed { get; private set; }

    /// <summary>Tokens of prompts of requests that are complete.</summary>
    public long InputTokens { get; private set; }

    /// <summary>Tokens of answers so far, complete or not.</summary>
    public long OutputTokens { get; private set; }

    /// <summary>Requests that kept the targets.</summary>
    public long Kept { get; private set; }

    /// <summary>What they should keep.</summary>
    public Targets Targets { get; init; } = new();

    /// <summary>The next request's number.</summary>
    public long Arrive() => Arrived++;

    /// <summary>A request that fits nowhere.</summary>
    public void Reject() => Rejected++;

    /// <summary>A request got a token.</summary>
    /// <param name="flight">The request.</param>
    /// <param name="now">The time.</param>
    /// <param name="previous">When the step before ended: who got a token then too has the common gap.</param>
    /// <returns>1 where the gap is the common one, which the caller adds.</returns>
    public int Token(Flight flight, double now, double previous)
    {
        int common = 0;
        OutputTokens++;
        if (flight.Tokens++ == 0)
        {
            flight.First = now;
        }
        else if (flight.Id >= from)
        {
            if (flight.Last == previous)
            {
                common = 1;
            }
            else
            {
                Itl.Add(now - flight.Last);
            }
        }

        flight.Last = now;
        return common;
    }

    /// <summary>A request is complete.</summary>
    public void Complete(Flight flight)
    {
        Completed++;
        InputTokens += flight.Request.InputTokens;
        if (flight.Id < from)
        {
            return;
        }

        double ttft = flight.First - flight.Arrival;
        double e2e = flight.Last - flight.Arrival;
        double tpot = flight.Tokens > 1 ? (flight.Last - flight.First) / (flight.Tokens - 1) : 0;
        _ttft.Add(ttft);
        _e2e.Add(e2e);
        if (flight.Tokens > 1)
        {
            _tpot.Add(tpot);
        }

        Kept += Targets.AreKept(ttft, tpot, e2e) ? 1 : 0;
    }
}
