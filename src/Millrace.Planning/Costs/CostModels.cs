using Millrace.Planning.Costs.Sram;

namespace Millrace.Planning.Costs;

/// <summary>Chooses what prices a deployment's steps.</summary>
public static class CostModels
{
    /// <summary>The cost model of a deployment, with the calibration that comes with the library.</summary>
    /// <exception cref="PlanningException">The device lacks a figure that is needed.</exception>
    public static ICostModel For(Deployment deployment) => For(deployment, null);

    /// <summary>The cost model of a deployment with a calibration.</summary>
    /// <param name="deployment">What is priced.</param>
    /// <param name="calibration">Coefficients for chips that read weights from memory, null for those that come with the library; machines that hold weights in SRAM have their own.</param>
    /// <exception cref="PlanningException">The device lacks a figure that is needed.</exception>
    public static ICostModel For(Deployment deployment, Calibration? calibration) => SramLayouts.Are(deployment.Device) ? SramCosts.Of(deployment) : (calibration ?? Calibration.BuiltIn).CostOf(deployment);
}
