namespace Millrace.Planning.Costs;

/// <summary>How a replica was loaded.</summary>
enum LoadKind
{
    /// <summary>So many clients, each with the next request when it has an answer.</summary>
    Clients,

    /// <summary>One batch, begun and decoded together.</summary>
    Batch,

    /// <summary>As many at once as memory holds.</summary>
    Saturated,

    /// <summary>Arrivals at a rate that brings so many tokens a second.</summary>
    Rate,
}

/// <summary>The load of one replica.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Clients">Clients, or sequences of the batch; the most that may run together where memory or a rate decides.</param>
/// <param name="Input">Most tokens of a prompt.</param>
/// <param name="Output">Most tokens of an answer.</param>
readonly record struct ServingLoad(LoadKind Kind, int Clients, int Input, int Output)
{
    /// <summary>Lengths are uniform between this part of the most and the most.</summary>
    public double LeastPart { get; init; } = 1;

    /// <summary>Requests in all, for each client; the burst at the beginning is among them.</summary>
    public int Waves { get; init; } = 8;

    /// <summary>Tokens a second, where a rate is what is known.</summary>
    public double TokensPerSecond { get; init; }

    /// <summary>The part of an answer for which room is kept when a request begins.</summary>
    public double Reserve { get; init; } = 0.6;

    /// <summary>Prompt tokens in a step.</summary>
    public int StepTokens { get; init; } = 8192;

    /// <summary>Mean tokens of an answer.</summary>
    public double MeanOutput => Output * (1 + LeastPart) / 2;

    /// <summary>Mean tokens of a prompt.</summary>
    public double MeanInput => Input * (1 + LeastPart) / 2;
}
