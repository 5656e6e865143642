using Millrace.Planning.Simulation;

namespace Millrace.Cli.ServeBench;

/// <summary>When requests are sent, and for how long.</summary>
sealed record LoadOptions
{
    /// <summary>Requests per second of an open loop; infinite for all at once; null for the times that the requests bring along.</summary>
    public double? RequestRate { get; init; } = double.PositiveInfinity;

    /// <summary>How evenly requests come: see <see cref="Arrivals"/>.</summary>
    public double Burstiness { get; init; } = 1;

    /// <summary>Most requests at once: one that is due waits for another's end, which makes the loop a closed one; null for no bound.</summary>
    public int? MaxConcurrency { get; init; }

    /// <summary>How many requests; null for as many as the duration takes.</summary>
    public int? Requests { get; init; }

    /// <summary>Time after which none is sent any more; null for no bound.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Seed of the times.</summary>
    public int Seed { get; init; }
}
