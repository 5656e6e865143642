using Millrace.Planning.Costs.Sram;
using Millrace.Planning.Hardware;
using Millrace.Planning.Models;

namespace Millrace.Planning.Costs.Wafer;

/// <summary>The two figures of the software, and what they are fitted to.</summary>
public static class WaferCalibration
{
    /// <summary>Time of a step over the dataflow's: the fit to the speeds without a draft.</summary>
    public const double Factor = 4.30;

    /// <summary>Tokens that a step brings with a draft: the fit to the speeds with one.</summary>
    public const double TokensPerStep = 4.67;

    /// <summary>Where in its answer a user is when the speed is taken.</summary>
    const int Position = 512;

    const string AilearningGuides = "https://ailearningguides.com/cerebras-llama-405b-969-tokens-second/";

    /// <summary>What is published; weights in 16 bits.</summary>
    public static IReadOnlyList<SramPoint> Points { get; } =
    [
        new("llama-3.1-8b", "fp16", 1, 1800, new(2024, 8, 27), "https://cerebras.ai/blog/introducing-cerebras-inference-ai-at-instant-speed"),
        new("llama-3.1-70b", "fp16", 4, 450, new(2024, 8, 27), "https://metaailabs.com/cerebras-gives-waferscale-chips-an-inferencing-twist-the-register/"),
        new("llama-3.1-8b", "fp16", 1, 2000, new(2025, 1, 17), "https://val.town/v/cory16457/cerebrasTemplate", "2k, said of 8B and 70B alike"),
        new("llama-3.1-70b", "fp16", 4, 2100, new(2024, 10, 24), "https://thedailyscout.com/s/mPNUwBOwO_4", "reported elsewhere to include speculative decoding"),
        new("llama-3.1-405b", "fp16", 0, 969, new(2024, 11, 18), AilearningGuides),
        new("llama-3.3-70b", "fp16", 4, 2314, new(2025, 1, 1), "https://anintent.com/blog/cerebras-cs-3-low-latency-inference-api/"),
        new("gpt-oss-120b", "fp16", 0, 3000, new(2026, 1, 1), AilearningGuides, "about 3,000"),
    ];

    /// <summary>Errors of predictions by leaving each point out in turn.</summary>
    public static ErrorBand Error { get; } = new("wse-3, 7 published speeds, each left out in turn", 7, 0.087, 0.76, 1.31);

    /// <summary>The machine that a point speaks of, with software that adds nothing.</summary>
    /// <param name="point">The point.</param>
    /// <param name="chip">Its wafers.</param>
    public static WaferMachine Machine(SramPoint point, WaferChip chip)
    {
        PlannedModel model = Model(point);
        WaferSoftware none = new(1, 1);
        return point.Chips > 0 ? new(model, chip, point.Chips, none) : WaferMachine.Place(model, chip, WaferMachine.UsualTokens, none);
    }

    /// <summary>Whether a draft was at work.</summary>
    public static bool Drafted(SramPoint point) => WaferSoftware.For(Model(point), point.Date).TokensPerStep > 1;

    /// <summary>Time measured over the dataflow's, for the points with a draft or for those without: the geometric mean, for which the squares of the logarithms of predicted over measured have the least sum.</summary>
    public static double Fit(IEnumerable<(SramPoint Point, WaferMachine Machine)> points, bool drafted) =>
        Math.Exp(points.Where(point => Drafted(point.Point) == drafted).Average(point => Math.Log(1 / point.Point.TokensPerSecond / Dataflow(point.Machine))));

    /// <summary>Predicts each point with a fit to the others.</summary>
    /// <param name="device">The device.</param>
    public static IReadOnlyList<HeldOut> LeaveOneOut(DeviceSpec device)
    {
        WaferChip chip = new(device);
        (SramPoint Point, WaferMachine Machine)[] points = [.. Points.Select(point => (point, Machine(point, chip)))];
        return [.. points.Select(left => new HeldOut(left.Point, 1 / Dataflow(left.Machine) / Fit(points.Where(other => other.Point != left.Point), Drafted(left.Point))))];
    }

    static double Dataflow(WaferMachine machine) => machine.Seconds(SramStep.Decode(Position));

    static PlannedModel Model(SramPoint point) => PlannedModel.Of(ModelCatalogue.Find(point.Model)!, Precision.Parse(point.Precision));
}
