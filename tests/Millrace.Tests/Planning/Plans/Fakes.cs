using Millrace.Planning;
using Millrace.Planning.Costs;
using Millrace.Planning.Hardware;
using Millrace.Planning.Models;
using Millrace.Planning.Plans;

namespace Millrace.Tests.Planning.Plans;

/// <summary>A dense model of so many billions of FP8 weights, 80 layers and 8 KV heads, whose tokens have 160 kB of keys and values.</summary>
sealed class FakeModel(double billions = 70, int experts = 0) : ModelWork
{
    const double TokenBytes = 163_840;

    public override string Name => "fake-model";

    public override double Parameters => billions * 1e9;

    public override double ActiveParameters => billions * 1e9;

    public override int Layers => 80;

    public override int Width => 8192;

    public override int KvHeads => 8;

    public override int Experts => experts;

    public override NumberType Weights => NumberType.Fp8;

    public override NumberType Kv => NumberType.Fp8;

    public override double WeightBytes => Parameters;

    public override double KvBytes(int tokens) => tokens * TokenBytes;

    public override StepWork Step(ReadOnlySpan<SequenceWork> sequences)
    {
        StepWork sum = default;
        foreach (SequenceWork sequence in sequences)
        {
            StepWork one = Step(1, sequence);
            sum = new(sum.Sequences + 1, sum.Tokens + one.Tokens, sum.LogitRows + one.LogitRows, one.WeightBytes, sum.KvBytesRead + one.KvBytesRead, sum.KvBytesWritten + one.KvBytesWritten, sum.MatrixFlops + one.MatrixFlops, 0);
        }

        return sum;
    }

    public override StepWork Step(int sequences, SequenceWork each) => new(
        sequences,
        sequences * each.Count,
        sequences * each.LogitRows,
        WeightBytes,
        sequences * (each.Position + each.Count) * TokenBytes,
        sequences * each.Count * TokenBytes,
        2 * Parameters * sequences * each.Count,
        0);
}

/// <summary>A replica whose chips share the work of a stage evenly; each layer costs 10 µs, with tensor parallelism 10 µs more.</summary>
sealed class FakeCost(Deployment deployment) : ICostModel
{
    public Deployment Deployment => deployment;

    public double KvCapacityBytes => (0.85 * deployment.Device.Memory[0].Bytes!.Value * deployment.Parallel.Chips) - deployment.Model.WeightBytes;

    public int Stages => deployment.Parallel.Pipeline;

    public ErrorBand Error { get; } = new("made up, 42 points", 42, 0.05, 0.9, 1.2);

    public StepTime Step(in StepWork work)
    {
        (int tensor, DeviceSpec device) = (deployment.Parallel.Tensor, deployment.Device);
        double bandwidth = tensor * device.Memory[0].BytesPerSecond!.Value;
        (double weights, double kv) = (work.WeightBytes / bandwidth, work.KvBytesRead / bandwidth);
        double compute = work.Flops / (tensor * device.Peaks[NumberType.Fp8].Value);
        double layers = deployment.Model.Layers * 10e-6;
        double link = tensor > 1 ? layers : 0;
        return new(Math.Max(weights + kv, compute) + link + layers, weights, kv, compute, link, layers);
    }

    public double Watts(in StepTime time) => (deployment.Device.Watts?.Value ?? double.NaN) * deployment.Parallel.Chips;
}

static class Fake
{
    /// <summary>A GPU of 80 GB at 3.35 TB/s, 8 to a domain and a system, $2 an hour.</summary>
    public static DeviceSpec Gpu { get; } = new()
    {
        Id = "fake-gpu",
        Name = "Fake GPU",
        Vendor = "Nobody",
        Kind = DeviceKind.Gpu,
        Memory = [new("HBM", Made(80e9), Made(3.35e12))],
        Peaks = new Dictionary<NumberType, Figure> { [NumberType.Fp8] = Made(2e15) },
        Link = new("wires", Made(450e9), Made(1e-6), 8, null),
        Watts = Made(700),
        DollarsPerHour = [Made(2)],
        SystemChips = 8,
    };

    public static Figure Made(double value) => new(value, "made up");

    public static Planner Planner { get; } = new(static deployment => new FakeCost(deployment));

    public static PlanRequest Request(PlanTarget? target = null, double billions = 70, int experts = 0) => new(new FakeModel(billions, experts), 1024, 256, target ?? PlanTarget.Default);
}
