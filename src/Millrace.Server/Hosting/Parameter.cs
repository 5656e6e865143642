namespace Millrace.Server.Hosting;

/// <summary>A field of a request with one number, flag or text: the one place that knows its type and range.</summary>
/// <param name="Name">Its name in the request.</param>
/// <param name="Type">As in a JSON schema: <c>number</c>, <c>integer</c>, <c>boolean</c>, <c>string</c>.</param>
/// <param name="Description">What it does, for the API's description.</param>
sealed record Parameter(string Name, string Type, string Description)
{
    /// <summary>The least number.</summary>
    public double Min { get; init; } = double.NegativeInfinity;

    /// <summary>The greatest number, or the most characters of a text.</summary>
    public double Max { get; init; } = double.PositiveInfinity;

    /// <summary>What holds where it is not given; null is nothing.</summary>
    public double? Default { get; init; }

    /// <summary>The texts it may be; empty is any.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];

    /// <summary>A number in a range.</summary>
    public static Parameter Number(string name, double min, double max, string description) => new(name, "number", description) { Min = min, Max = max };

    /// <summary>An integer in a range.</summary>
    public static Parameter Integer(string name, double min, double max, string description) => new(name, "integer", description) { Min = min, Max = max };

    /// <summary>True or false.</summary>
    public static Parameter Flag(string name, string description) => new(name, "boolean", description);

    /// <summary>A text of so many characters at most.</summary>
    public static Parameter Text(string name, int max, string description) => new(name, "string", description) { Max = max };

    /// <summary>One of some texts.</summary>
    public static Parameter Choice(string name, IReadOnlyList<string> values, string description) => new(name, "string", description) { Values = values };
}
