namespace Millrace.Planning.Costs.Sram;

/// <summary>A published speed of a service on SRAM machines: tokens a second of one user, after the first.</summary>
/// <param name="Model">As the catalogue names it.</param>
/// <param name="Precision">How weights are stored; where nothing is said, the type that the maker is known to keep.</param>
/// <param name="Chips">Chips or wafers; 0 where nothing is said.</param>
/// <param name="TokensPerSecond">The figure.</param>
/// <param name="Date">When.</param>
/// <param name="Source">Where.</param>
/// <param name="Note">What to know about it.</param>
public sealed record SramPoint(string Model, string Precision, int Chips, double TokensPerSecond, DateOnly Date, string Source, string Note = "");

/// <summary>A point with what was predicted for it by a model fitted without it.</summary>
/// <param name="Point">The point.</param>
/// <param name="TokensPerSecond">The prediction.</param>
public readonly record struct HeldOut(SramPoint Point, double TokensPerSecond)
{
    /// <summary>Time measured over time predicted.</summary>
    public double Ratio => TokensPerSecond / Point.TokensPerSecond;

    /// <summary>The error of the predicted time.</summary>
    public double Error => Math.Abs(1 / Ratio - 1);

    /// <summary>What these errors say of the next: nine of ten lie within the band, if the logarithms of their ratios are normal.</summary>
    /// <param name="basis">In a few words.</param>
    /// <param name="points">At least two.</param>
    public static ErrorBand Band(string basis, IReadOnlyList<HeldOut> points)
    {
        double[] logs = [.. points.Select(point => Math.Log(point.Ratio))];
        double mean = logs.Average();
        double spread = Math.Sqrt(logs.Sum(log => (log - mean) * (log - mean)) / (logs.Length - 1));
        double student = points.Count >= 5 ? 2.13 : 6.31; // 95th percentile for 4 and more, or 1, degrees of freedom
        double[] errors = [.. points.Select(point => point.Error).Order()];
        double reach = student * spread * Math.Sqrt(1 + 1.0 / logs.Length);
        return new(basis, logs.Length, CrossValidation.Quantile(errors, 0.5), Math.Exp(mean - reach), Math.Exp(mean + reach));
    }
}
