using Millrace.Planning.Costs.Lpu;
using Millrace.Planning.Costs.Wafer;
using Millrace.Planning.Hardware;
using Millrace.Planning.Models;

namespace Millrace.Planning.Costs.Sram;

/// <summary>What the costs of SRAM machines have in common.</summary>
static class SramCosts
{
    /// <summary>The cost of a deployment on the machine that its device is.</summary>
    /// <param name="deployment">On a device of which <see cref="SramLayouts.Are"/> says so.</param>
    /// <exception cref="PlanningException">The model has no plan of ops, or the device lacks a figure.</exception>
    public static ICostModel Of(Deployment deployment) => deployment.Device.Kind == DeviceKind.Lpu ? new LpuCost(deployment) : new WaferCost(deployment);

    /// <summary>The model with its ops.</summary>
    /// <exception cref="PlanningException">It has none.</exception>
    public static PlannedModel Planned(Deployment deployment) => deployment.Model as PlannedModel
        ?? throw new PlanningException($"{deployment.Device.Id}: {deployment.Model.Name} has no plan of ops, which a machine that places each op needs");

    /// <summary>Throws where there are more chips than links join.</summary>
    public static void CheckDomain(Deployment deployment)
    {
        int most = deployment.Device.Link?.DomainChips ?? 1;
        if (deployment.Parallel.Chips > most)
        {
            throw new PlanningException($"{deployment.Device.Id}: {deployment.Parallel.Chips} chips are more than the {most} that its links join");
        }
    }

    /// <summary>Bytes of so many tokens' keys and values; negative where weights do not fit.</summary>
    public static double KvBytes(PlannedModel model, double tokens) => tokens < 0 ? -1 : tokens * ModelPiece.Of(model).Sum(piece => piece.KvBytesPerToken);

    /// <summary>Power of so many chips; NaN where the catalogue has none.</summary>
    public static double Watts(DeviceSpec device, int chips) => chips * (device.WattsAllIn?.Value ?? device.Watts?.Value ?? double.NaN);
}
