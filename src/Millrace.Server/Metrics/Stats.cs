namespace Millrace.Server.Metrics;

/// <summary>What the server does now; rates and percentiles are those of the last seconds.</summary>
sealed record Stats
{
    /// <summary>Seconds since its start.</summary>
    public required double UptimeSeconds { get; init; }

    /// <summary>Tokens of answers a second.</summary>
    public required double OutputTokensPerSecond { get; init; }

    /// <summary>Tokens of prompts computed a second.</summary>
    public required double PromptTokensPerSecond { get; init; }

    /// <summary>Sequences that take part in steps.</summary>
    public required int Running { get; init; }

    /// <summary>Sequences that wait for room.</summary>
    public required int Waiting { get; init; }

    /// <summary>Sequences of the last steps.</summary>
    public required int Batch { get; init; }

    /// <summary>KV blocks of all models.</summary>
    public required int KvBlocks { get; init; }

    /// <summary>Those that sequences hold.</summary>
    public required int KvBlocksUsed { get; init; }

    /// <summary>Those that nobody holds, in which prefixes can be found.</summary>
    public required int KvBlocksCached { get; init; }

    /// <summary>From submission to the first token; null where there was none.</summary>
    public required Percentiles? TimeToFirstTokenMs { get; init; }

    /// <summary>Between the tokens of one answer.</summary>
    public required Percentiles? InterTokenMs { get; init; }

    /// <summary>Read rate as a share of the memory's bandwidth; null where that is not known, or nothing ran.</summary>
    public required double? Roofline { get; init; }

    /// <summary>Tokens of answers that a joule of steps made; null where nothing ran, or nobody knows its power.</summary>
    public required double? TokensPerJoule { get; init; }

    /// <summary>Whether the joules are measured. Else they are the power that the machine is thought to draw, over the time of steps.</summary>
    public required bool EnergyMeasured { get; init; }

    /// <summary>Requests since the start.</summary>
    public required RequestCounts Requests { get; init; }

    /// <summary>Money since the start.</summary>
    public required Money Money { get; init; }

    /// <summary>Each model.</summary>
    public required IReadOnlyList<ModelStats> Models { get; init; }
}

/// <summary>Percentiles in milliseconds.</summary>
sealed record Percentiles(double P50, double P90, double P99);

/// <summary>Requests that ended, and those refused before anything was computed.</summary>
sealed record RequestCounts(long Done, long Refused);

/// <summary>What was charged, in 1e-6 of the currency.</summary>
sealed record Money(string? Currency, long EarnedMicros);

/// <summary>What a model does now.</summary>
sealed record ModelStats
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it is loaded; where it is not, all else is zero.</summary>
    public required bool Loaded { get; init; }

    /// <summary>Sequences that take part in steps.</summary>
    public int Running { get; init; }

    /// <summary>Sequences that wait for room.</summary>
    public int Waiting { get; init; }

    /// <summary>KV blocks in all.</summary>
    public int KvBlocks { get; init; }

    /// <summary>Those that sequences hold.</summary>
    public int KvBlocksUsed { get; init; }

    /// <summary>Those that nobody holds, in which prefixes can be found.</summary>
    public int KvBlocksCached { get; init; }

    /// <summary>Time of the last step.</summary>
    public double StepMs { get; init; }

    /// <summary>What the cost model expected of it; null before it has measured.</summary>
    public double? PredictedStepMs { get; init; }

    /// <summary>Bytes of weights and KV a second of steps.</summary>
    public double ReadGbPerSecond { get; init; }

    /// <summary>That as a share of the memory's bandwidth.</summary>
    public double? Roofline { get; init; }

    /// <summary>Tokens of answers that a joule of steps made.</summary>
    public double? TokensPerJoule { get; init; }
}
