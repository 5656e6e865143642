using Millrace.Planning.Costs.Lpu;
using Millrace.Planning.Costs.Wafer;
using Millrace.Planning.Hardware;
using Millrace.Planning.Models;

namespace Millrace.Planning.Costs;

/// <summary>Chooses what prices a deployment's steps.</summary>
public static class CostModels
{
    /// <summary>The cost model of a deployment.</summary>
    /// <exception cref="PlanningException">The device lacks a figure that is needed.</exception>
    public static ICostModel For(Deployment deployment) => deployment.Device.Kind switch
    {
        DeviceKind.Lpu => new LpuCost(deployment),
        DeviceKind.Wafer => new WaferCost(deployment),
        _ => new Roofline(deployment),
    };

    /// <summary>Bytes over bandwidth and operations over peak, at the parts of them that kernels usually reach, and a launch for each layer; nothing is fitted.</summary>
    sealed class Roofline : ICostModel
    {
        const double Usable = 0.88, BandwidthReached = 0.8, PeakReached = 0.5, LayerSeconds = 50e-6, DefaultLink = 32e9, DefaultHop = 10e-6;

        readonly double _bandwidth, _peak, _link, _hop;

        public Roofline(Deployment deployment)
        {
            (Deployment, DeviceSpec device, int tensor) = (deployment, deployment.Device, deployment.Parallel.Tensor);
            _bandwidth = BandwidthReached * tensor * Known(device.MainMemory.BytesPerSecond, device, "bandwidth");
            _peak = PeakReached * tensor * Known(device.Peak(deployment.Model.Weights), device, "peak");
            (_link, _hop) = (device.Link?.BytesPerSecond?.Value ?? DefaultLink, device.Link?.LatencySeconds?.Value ?? DefaultHop);
            double copies = Math.Max(1, tensor / (double)Math.Max(1, deployment.Model.KvHeads));
            double free = Usable * deployment.Parallel.Chips * Known(device.MainMemory.Bytes, device, "memory") - deployment.Model.WeightBytes;
            KvCapacityBytes = free > 0 ? free / copies : free;
        }

        public Deployment Deployment { get; }

        public double KvCapacityBytes { get; }

        public int Stages => Deployment.Parallel.Pipeline;

        public ErrorBand Error { get; } = new("uncalibrated, ±50 %", 0, 0.5, 0.5, 1.5);

        public StepTime Step(in StepWork work)
        {
            (ModelWork model, int tensor) = (Deployment.Model, Deployment.Parallel.Tensor);
            double message = 2.0 * work.Tokens * model.Width;
            double link = tensor > 1 ? 2 * model.Layers * (2.0 * (tensor - 1) / tensor * message / _link + _hop) : 0;
            (double weights, double kv, double compute, double layers) = (work.WeightBytes / _bandwidth, work.KvBytesRead / _bandwidth, work.Flops / _peak, model.Layers * LayerSeconds);
            return new(Math.Max(weights + kv, compute) + link + layers, weights, kv, compute, link, layers);
        }

        public double Watts(in StepTime time)
        {
            double busy = time.Seconds > 0 ? Math.Min(1, Math.Max(time.Weights + time.Kv, time.Compute) / time.Seconds) : 0;
            return Deployment.Parallel.Chips * (Deployment.Device.Watts?.Value ?? double.NaN) * (0.3 + (0.6 * busy));
        }

        static double Known(Figure? figure, DeviceSpec device, string what) => figure?.Value ?? throw new PlanningException($"{device.Id}: {what} is not known");
    }
}
