namespace Millrace.Planning.Costs;

/// <summary>A measurement, or the question for one, as public tables state it: texts are the tables' own spellings.</summary>
sealed record PointRow
{
    /// <summary>The model.</summary>
    public string Model { get; init; } = "";

    /// <summary>How many weights the table says it has.</summary>
    public double? Parameters { get; init; }

    /// <summary>How its weights are stored.</summary>
    public string? Precision { get; init; }

    /// <summary>The device, perhaps with a number of chips.</summary>
    public string Device { get; init; } = "";

    /// <summary>Chips in all.</summary>
    public double? Count { get; init; }

    /// <summary>How the model is divided: TP2, TP8 EP8, layer split …</summary>
    public string? Parallelism { get; init; }

    /// <summary>The engine with its version.</summary>
    public string? Framework { get; init; }

    /// <summary>Sequences at once or clients, a number as text too; or what the load was in words.</summary>
    public string? Batch { get; init; }

    /// <summary>Tokens of a prompt.</summary>
    public double? Input { get; init; }

    /// <summary>Tokens of an answer.</summary>
    public double? Output { get; init; }

    /// <summary>What was measured, with its unit.</summary>
    public string Metric { get; init; } = "";

    /// <summary>When, as the table has it.</summary>
    public string? Date { get; init; }

    /// <summary>The measured value; null where it is asked for.</summary>
    public double? Value { get; init; }
}
