using Millrace.Scheduling;

namespace Millrace.Planning.Simulation;

/// <summary>What the requests of a class got. Times are in seconds.</summary>
/// <param name="serviceClass">The class.</param>
/// <param name="targets">What they should keep.</param>
public sealed class Latencies(ServiceClass serviceClass, Targets targets)
{
    readonly List<double> _ttft = [], _tpot = [], _e2e = [];

    /// <summary>The class.</summary>
    public ServiceClass Class { get; } = serviceClass;

    /// <summary>What they should keep.</summary>
    public Targets Targets { get; } = targets;

    /// <summary>To the first token, waiting included.</summary>
    public IReadOnlyList<double> Ttft => _ttft;

    /// <summary>For each token after the first, of answers that have more than one.</summary>
    public IReadOnlyList<double> Tpot => _tpot;

    /// <summary>From arrival to the last token.</summary>
    public IReadOnlyList<double> E2e => _e2e;

    /// <summary>Gaps between tokens.</summary>
    public Histogram Itl { get; } = new();

    /// <summary>Requests that kept the targets.</summary>
    public long Kept { get; private set; }

    internal void Add(Flight flight)
    {
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
