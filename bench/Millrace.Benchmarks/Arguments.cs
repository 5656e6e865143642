using System.Globalization;
using Millrace.Formats;

namespace Millrace.Benchmarks;

/// <summary>Arguments of the form <c>name=value</c>.</summary>
sealed class Arguments(string[] args)
{
    /// <summary>A value that has no default.</summary>
    public string Text(string name) => Find(name) ?? throw new ArgumentException($"{name}= is missing");

    /// <summary>A value that has a default.</summary>
    public string Text(string name, string otherwise) => Find(name) ?? otherwise;

    /// <summary>A whole number.</summary>
    public int Number(string name, int otherwise) => Find(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    /// <summary>Whole numbers, separated by commas.</summary>
    public int[] Numbers(string name, string otherwise) => [.. Text(name, otherwise).Split(',').Select(static text => int.Parse(text, CultureInfo.InvariantCulture))];

    /// <summary>A type of weights by its name.</summary>
    public static WeightType Type(string name) => WeightTypes.TryParse(name, out WeightType type) ? type : throw new ArgumentException($"no such type: {name}");

    string? Find(string name) => args.FirstOrDefault(arg => arg.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];
}
