using Millrace.Planning.Hardware;
using Millrace.Planning.Models;

namespace Millrace.Planning.Costs;

/// <summary>How a model is divided over chips.</summary>
/// <param name="Tensor">Chips that share each product.</param>
/// <param name="Pipeline">Groups of layers.</param>
/// <param name="Expert">Chips over which the experts are spread, among the tensor-parallel ones; 1 where each holds a part of all.</param>
public readonly record struct Parallelism(int Tensor, int Pipeline = 1, int Expert = 1)
{
    /// <summary>Chips of one replica.</summary>
    public int Chips => Tensor * Pipeline;
}

/// <summary>One replica of a model on a device, run by an engine.</summary>
/// <param name="Model">The model.</param>
/// <param name="Device">Each chip.</param>
/// <param name="Parallel">How it is divided.</param>
/// <param name="Engine">Which engine, as calibration names it: vllm, trtllm, sglang, nim, neuron, llama.cpp, millrace …; "" for the device's usual one.</param>
public sealed record Deployment(ModelWork Model, DeviceSpec Device, Parallelism Parallel, string Engine);

/// <summary>What the time of a step is made of. The parts are what each would take by itself; where they overlap, their sum is more than the step.</summary>
/// <param name="Seconds">The step.</param>
/// <param name="Weights">Reading weights.</param>
/// <param name="Kv">Reading keys and values.</param>
/// <param name="Compute">Operations.</param>
/// <param name="Link">Collectives and hops between chips.</param>
/// <param name="Fixed">Costs for each layer, sequence and step, whatever the bytes.</param>
public readonly record struct StepTime(double Seconds, double Weights, double Kv, double Compute, double Link, double Fixed)
{
    /// <summary>The largest part: memory, compute, link or fixed cost.</summary>
    public string Bound
    {
        get
        {
            double memory = Weights + Kv;
            double most = Math.Max(Math.Max(memory, Compute), Math.Max(Link, Fixed));
            return most == memory ? "memory" : most == Compute ? "compute" : most == Link ? "link" : "fixed cost";
        }
    }

    /// <summary>This step and so many others, one after the other.</summary>
    public StepTime Then(in StepTime next, double times = 1) => new(
        Seconds + (next.Seconds * times), Weights + (next.Weights * times), Kv + (next.Kv * times), Compute + (next.Compute * times), Link + (next.Link * times), Fixed + (next.Fixed * times));

    /// <summary>A part or a multiple of it.</summary>
    public StepTime Times(double factor) => default(StepTime).Then(this, factor);
}

/// <summary>How far predictions are off, by cross-validation.</summary>
/// <param name="Basis">In a few words: "h100 vllm, 42 points, held out by group", or "uncalibrated".</param>
/// <param name="Points">Measured points behind it.</param>
/// <param name="Median">Median relative error, 0.05 for 5 %, of predictions that <see cref="Bias"/> has moved.</param>
/// <param name="Low">Measured over predicted, 5th percentile.</param>
/// <param name="High">Measured over predicted, 95th percentile.</param>
public sealed record ErrorBand(string Basis, int Points, double Median, double Low, double High)
{
    /// <summary>Whether enough points are behind it to say that it is calibrated.</summary>
    public bool IsCalibrated => Points >= Calibration.LeastPoints;

    /// <summary>By what predictions are multiplied where nearly all measurements that were held out lie to one side of them, which is known of the next too; else 1.</summary>
    internal double Bias => Low > 1 || High < 1 ? Math.Sqrt(Low * High) : 1;
}

/// <summary>The times of a deployment's steps. Immutable, so it may be shared between threads; nothing is allocated by <see cref="Step"/>.</summary>
public interface ICostModel
{
    /// <summary>What is priced.</summary>
    Deployment Deployment { get; }

    /// <summary>How long a step takes.</summary>
    StepTime Step(in StepWork work);

    /// <summary>Bytes that one replica has for keys and values; negative where the weights do not fit.</summary>
    double KvCapacityBytes { get; }

    /// <summary>Sequences or micro-batches that must be in flight to fill a pipeline; 1 without one. A step of one of them takes <see cref="Step"/>, and so many steps overlap.</summary>
    int Stages { get; }

    /// <summary>Average power of all chips of the replica in such a step, in watts.</summary>
    double Watts(in StepTime time);

    /// <summary>How far it is off.</summary>
    ErrorBand Error { get; }
}
