using Millrace.Planning.Costs;

namespace Millrace.Planning.Plans;

/// <summary>A predicted figure and the range in which a measurement is expected, nine times of ten.</summary>
/// <param name="Value">The prediction.</param>
/// <param name="Low">The range's lower end.</param>
/// <param name="High">The range's upper end.</param>
public readonly record struct Estimate(double Value, double Low, double High)
{
    /// <summary>A figure that grows as times do.</summary>
    public static Estimate Of(double value, ErrorBand error) => new(value, value * error.Low, value * error.High);

    /// <summary>A figure that shrinks as times grow: a rate.</summary>
    public static Estimate OfRate(double value, ErrorBand error) => new(value, value / error.High, value / error.Low);
}
