using Millrace.Kernels;
using Millrace.Planning;
using Millrace.Planning.Costs;
using Millrace.Planning.Costs.Machine;
using Millrace.Planning.Hardware;
using Millrace.Planning.Models;

namespace Millrace.Cli.Plans;

/// <summary>Prices deployments: this machine by what is measured of it, measured first where that was not done before, all others by what is known of them.</summary>
/// <param name="terminal">Where it says what it measures.</param>
/// <param name="calibration">Coefficients of other devices; null for those built in.</param>
sealed class CostOf(Terminal terminal, Calibration? calibration = null)
{
    /// <summary>The cost model of a deployment.</summary>
    /// <exception cref="PlanningException">A figure is missing.</exception>
    public ICostModel For(Deployment deployment)
    {
        if (deployment.Device.Id != DeviceCatalogue.HereId || deployment.Model is not PlannedModel model)
        {
            return CostModels.For(deployment, calibration);
        }

        KvType kv = model.Kv switch { NumberType.Fp32 => KvType.F32, NumberType.Fp8 or NumberType.Int8 => KvType.Int8, _ => KvType.F16 };
        return MachineStore.Cost(model, deployment.Device, kv, Environment.ProcessorCount, ModelStore.Home, text => terminal.Error.WriteLine($"millrace: measuring this machine: {text}"))!;
    }
}
