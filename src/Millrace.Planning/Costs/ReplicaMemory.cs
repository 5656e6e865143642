using Millrace.Planning.Hardware;

namespace Millrace.Planning.Costs;

/// <summary>How the memory of a replica is divided.</summary>
static class ReplicaMemory
{
    // What engines take of the memory unless told otherwise, and what they keep of that for activations, graphs and communication.
    const double Used = 0.9, WorkspaceOfGpu = 2.5e9;

    /// <summary>Bytes that all chips have for keys and values, copies taken off; negative where the weights do not fit.</summary>
    public static double KvBytes(Deployment deployment)
    {
        int chips = deployment.Parallel.Chips;
        DeviceSpec device = deployment.Device;
        double capacity = DataSheet.Capacity(device);
        double workspace = device.Kind == DeviceKind.Gpu ? Math.Min(WorkspaceOfGpu, 0.1 * capacity) : 0;
        double free = chips * (Used * capacity - workspace) - deployment.Model.WeightBytes;
        return free > 0 ? free / KvCopies(deployment) : free;
    }

    /// <summary>How many copies of each key the chips hold: more than one where there are more chips than heads of keys.</summary>
    public static double KvCopies(Deployment deployment) => Math.Max(1, deployment.Parallel.Tensor / (double)Math.Max(1, deployment.Model.KvHeads));

    /// <summary>Sequences of so many tokens that fit at once; the fraction that is left over counts.</summary>
    public static double Sequences(Deployment deployment, double tokens) => KvBytes(deployment) / Math.Max(1, deployment.Model.KvBytes((int)Math.Ceiling(tokens)));
}
