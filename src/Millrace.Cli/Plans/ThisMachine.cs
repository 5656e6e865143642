using Millrace.Formats;
using Millrace.Kernels;
using Millrace.Planning.Costs.Machine;
using Millrace.Planning.Hardware;
using Millrace.Planning.Models;

namespace Millrace.Cli.Plans;

/// <summary>What is predicted of models that run here, beside which their steps are laid.</summary>
static class ThisMachine
{
    /// <summary>The numbers that keys and values are kept as.</summary>
    public static NumberType Number(KvType kv) => kv switch { KvType.F32 => NumberType.Fp32, KvType.F16 => NumberType.Fp16, _ => NumberType.Int8 };

    /// <summary>The cost of a model here; null where its weights cannot be measured, or were not and may not be now.</summary>
    /// <param name="model">The model.</param>
    /// <param name="kv">How keys and values are kept.</param>
    /// <param name="threads">Threads that compute.</param>
    /// <param name="progress">Told what is measured; null where nothing may be measured now.</param>
    public static MachineCost? Cost(PlannedModel model, KvType kv, int threads, Action<string>? progress) =>
        model.Profile.Products.All(static product => product.Type.IsGguf) ? MachineStore.Cost(model, null, kv, threads, ModelStore.Home, progress) : null;
}
