using Millrace.Planning.Models;

namespace Millrace.Planning.Costs.Wafer;

/// <summary>What the maker's software makes of the dataflow. The same wafers ran Llama 3.1 70B at 450 tokens a second when the service began and at 2,100 two months later, when it is reported to have begun to let a small model draft for large ones; Llama 3.1 8B stayed near 2,000. So there are two figures, both fitted (see <see cref="WaferCalibration"/>).</summary>
/// <param name="Factor">Time of a step over the dataflow's.</param>
/// <param name="TokensPerStep">Tokens that a step of decoding brings: 1 without a draft.</param>
public sealed record WaferSoftware(double Factor, double TokensPerStep)
{
    /// <summary>When drafting began.</summary>
    public static readonly DateOnly DraftingSince = new(2024, 10, 1);

    /// <summary>Models from this size on are drafted for; smaller ones are what drafts. An assumption between the sizes that are published.</summary>
    public const double DraftedParameters = 30e9;

    /// <summary>A token for each step.</summary>
    public static WaferSoftware Plain { get; } = new(WaferCalibration.Factor, 1);

    /// <summary>With a draft.</summary>
    public static WaferSoftware Drafting { get; } = new(WaferCalibration.Factor, WaferCalibration.TokensPerStep);

    /// <summary>The software that a model ran with on a day.</summary>
    /// <param name="model">The model.</param>
    /// <param name="day">The day; null for today.</param>
    public static WaferSoftware For(ModelWork model, DateOnly? day = null) => model.Parameters >= DraftedParameters && !(day < DraftingSince) ? Drafting : Plain;
}
