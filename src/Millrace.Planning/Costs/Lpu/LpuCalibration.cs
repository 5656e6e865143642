using Millrace.Planning.Costs.Sram;
using Millrace.Planning.Hardware;
using Millrace.Planning.Models;

namespace Millrace.Planning.Costs.Lpu;

/// <summary>The one figure of the chip that is fitted, and what it is fitted to.</summary>
/// <remarks>Left out: 100 tokens a second in August 2023, the first demonstration of a 70B model, whose software was replaced within months.</remarks>
public static class LpuCalibration
{
    /// <summary>The fit to all points, in whole tens of cycles.</summary>
    public const long DependenceCycles = 910;

    /// <summary>Where in its answer a user is when the speed is taken.</summary>
    const int Position = 512;

    const string TechPowerUp = "https://techpowerup.com/news-tags/Processor?page=3";

    /// <summary>What is published. Weights are kept in 8 bits (the precision is not stated; 16 bits would need more chips than are said), those of gpt-oss in their 4.</summary>
    public static IReadOnlyList<SramPoint> Points { get; } =
    [
        new("llama-2-70b", "int8", 576, 300, new(2024, 2, 1), TechPowerUp, "chips: https://5205849-ov30780.twc1.net/item?id=39435411"),
        new("llama-2-70b", "int8", 0, Math.Round(149 / (150 / 185.0 - 0.22)), new(2023, 12, 1), "https://github.com/ray-project/llmperf-leaderboard", "150 tokens at 185 a second, of which the first took 0.22 s"),
        new("mixtral-8x7b", "int8", 0, 480, new(2024, 2, 1), TechPowerUp),
        new("llama-2-7b", "int8", 0, 750, new(2024, 2, 1), TechPowerUp),
        new("llama-3.3-70b", "int8", 0, 275, new(2025, 1, 1), "https://hexdocs.pm/instructor/groq.html"),
        new("gpt-oss-120b", "mxfp4", 0, 476, new(2026, 1, 1), "https://ailearningguides.com/cerebras-llama-405b-969-tokens-second/"),
    ];

    /// <summary>Errors of predictions by leaving each point out in turn.</summary>
    public static ErrorBand Error { get; } = new("groq-lpu, 6 published speeds, each left out in turn", 6, 0.084, 0.80, 1.24);

    /// <summary>The machine that a point speaks of.</summary>
    /// <param name="point">The point.</param>
    /// <param name="chip">Its chips.</param>
    public static LpuMachine Machine(SramPoint point, LpuChip chip)
    {
        PlannedModel model = PlannedModel.Of(ModelCatalogue.Find(point.Model)!, Precision.Parse(point.Precision));
        return point.Chips > 0 ? LpuPlacement.Within(model, chip, point.Chips) : LpuPlacement.Usual(model, chip);
    }

    /// <summary>The cycles for which the squares of the logarithms of predicted over measured times have the least sum.</summary>
    public static long Fit(IReadOnlyList<(SramPoint Point, LpuMachine Machine)> points)
    {
        (double Loss, long Cycles) best = (double.PositiveInfinity, 0);
        for (long cycles = 0; cycles <= 3000; cycles += 10)
        {
            double loss = points.Sum(point => Math.Pow(Math.Log(Rate(point.Machine, cycles) / point.Point.TokensPerSecond), 2));
            best = loss < best.Loss ? (loss, cycles) : best;
        }

        return best.Cycles;
    }

    /// <summary>Predicts each point with a fit to the others.</summary>
    /// <param name="device">The device.</param>
    public static IReadOnlyList<HeldOut> LeaveOneOut(DeviceSpec device)
    {
        LpuChip chip = new(device);
        (SramPoint Point, LpuMachine Machine)[] points = [.. Points.Select(point => (point, Machine(point, chip)))];
        return [.. points.Select(left => new HeldOut(left.Point, Rate(left.Machine, Fit([.. points.Where(other => other.Point != left.Point)]))))];
    }

    /// <summary>Tokens a second of one user.</summary>
    public static double Rate(LpuMachine machine, long dependence) => LpuChip.Hertz / machine.With(dependence).Cycles(SramStep.Decode(Position));
}
