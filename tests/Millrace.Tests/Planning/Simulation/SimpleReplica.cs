using Millrace.Planning.Costs;
using Millrace.Planning.Hardware;
using Millrace.Planning.Models;

namespace Millrace.Tests.Planning.Simulation;

/// <summary>A dense model of 8 billion weights in FP8 whose tokens have 64 kB of keys and values.</summary>
sealed class SimpleModel : ModelWork
{
    const double TokenBytes = 65_536;

    public override string Name => "simple-8b";

    public override double Parameters => 8e9;

    public override double ActiveParameters => 8e9;

    public override int Layers => 32;

    public override int Width => 4096;

    public override int KvHeads => 8;

    public override int Experts => 0;

    public override NumberType Weights => NumberType.Fp8;

    public override NumberType Kv => NumberType.Fp8;

    public override double WeightBytes => 8e9;

    public override double KvBytes(int tokens) => tokens * TokenBytes;

    public override StepWork Step(ReadOnlySpan<SequenceWork> sequences)
    {
        (int tokens, int rows, double read) = (0, 0, 0);
        foreach (SequenceWork sequence in sequences)
        {
            tokens += sequence.Count;
            rows += sequence.LogitRows;
            read += (sequence.Position + sequence.Count) * TokenBytes;
        }

        return new(sequences.Length, tokens, rows, WeightBytes, read, tokens * TokenBytes, 2 * Parameters * tokens, 0);
    }

    public override StepWork Step(int sequences, SequenceWork each) =>
        Step(Enumerable.Repeat(each, sequences).ToArray());
}

/// <summary>A replica that takes the longer of its memory's and its units' time, and 1 ms.</summary>
sealed class SimpleReplica(double bandwidth = 3e12, double flops = 1e15, double kvBytes = 60e9, int stages = 1) : ICostModel
{
    public Deployment Deployment { get; } = new(new SimpleModel(), new DeviceSpec
    {
        Id = "simple",
        Name = "Simple",
        Vendor = "Nobody",
        Kind = DeviceKind.Gpu,
        Memory = [new("HBM", new Figure(80e9, "made up"), new Figure(bandwidth, "made up"))],
        Peaks = new Dictionary<NumberType, Figure> { [NumberType.Fp8] = new(flops, "made up") },
        DollarsPerHour = [new(2, "made up")],
    }, new Parallelism(1), "");

    public double KvCapacityBytes => kvBytes;

    public int Stages => stages;

    public ErrorBand Error { get; } = new("made up", 0, 0, 1, 1);

    public StepTime Step(in StepWork work)
    {
        double weights = work.WeightBytes / bandwidth;
        double kv = work.KvBytesRead / bandwidth;
        double compute = work.Flops / flops;
        return new(1e-3 + Math.Max(weights + kv, compute), weights, kv, compute, 0, 1e-3);
    }

    public double Watts(in StepTime time) => time.Seconds == 0 ? 100 : 500;
}
