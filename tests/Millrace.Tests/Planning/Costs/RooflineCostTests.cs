using Millrace.Planning;
using Millrace.Planning.Costs;
using Millrace.Planning.Hardware;
using Millrace.Planning.Models;

namespace Millrace.Tests.Planning.Costs;

/// <summary>What must hold of predicted steps, whatever was measured.</summary>
public class RooflineCostTests
{
    static readonly PlannedModel Model = PlannedModel.Of(ModelCatalogue.FindOrGuess("llama-3-70b", null)!, Precision.Fp16);

    [Fact]
    public void No_step_is_shorter_than_its_bytes_take_to_read()
    {
        foreach ((DeviceSpec device, ICostModel cost) in Costs())
        {
            foreach (int batch in new[] { 1, 16, 256 })
            {
                StepWork work = Model.Step(batch, new SequenceWork(4096, 1, 1));
                StepTime time = cost.Step(work);
                double least = (work.WeightBytes + work.KvBytesRead) / (cost.Deployment.Parallel.Tensor * device.MainMemory.BytesPerSecond!.Value);
                Assert.True(time.Seconds >= least * (1 - 1e-12), $"{device.Id} at batch {batch}: {time.Seconds} s, but {least} s to read");
                Assert.True(time.Fixed >= -1e-12, $"{device.Id}: {time.Fixed} s");
            }
        }
    }

    [Theory]
    [InlineData("mi325x")]
    [InlineData("gh200-144gb")]
    public void Benchmarks_of_throughput_do_not_say_how_long_one_sequence_takes(string device)
    {
        DeviceSpec spec = DeviceCatalogue.BuiltIn.Get(device);
        ICostModel cost = Calibration.BuiltIn.CostOf(new Deployment(Model, spec, new Parallelism(4), ""));
        StepWork work = Model.Step(1, new SequenceWork(1024, 1, 1));
        double reading = (work.WeightBytes + work.KvBytesRead) / (4 * spec.MainMemory.BytesPerSecond!.Value);
        Assert.False(cost.Error.IsCalibrated, cost.Error.Basis);
        Assert.InRange(cost.Step(work).Seconds, reading, 3 * reading);
    }

    [Fact]
    public void Ranges_hold_what_is_predicted()
    {
        foreach ((DeviceSpec device, ICostModel cost) in Costs())
        {
            Assert.True(cost.Error is { Low: > 0 and <= 1, High: >= 1 }, $"{device.Id} {cost.Deployment.Engine}: {cost.Error}");
        }
    }

    [Fact]
    public void More_to_do_is_never_done_sooner()
    {
        foreach ((DeviceSpec device, ICostModel cost) in Costs())
        {
            double shorter = cost.Step(Model.Step(8, new SequenceWork(1024, 1, 1))).Seconds;
            Assert.True(cost.Step(Model.Step(8, new SequenceWork(8192, 1, 1))).Seconds >= shorter, $"{device.Id}: a longer context");
            Assert.True(cost.Step(Model.Step(9, new SequenceWork(1024, 1, 1))).Seconds >= shorter, $"{device.Id}: another sequence");
            Assert.True(cost.Step(Model.Step(8, new SequenceWork(1024, 64, 1))).Seconds >= shorter, $"{device.Id}: more tokens");
        }
    }

    [Fact]
    public void Faster_memory_makes_no_step_longer()
    {
        StepWork work = Model.Step(8, new SequenceWork(1024, 1, 1));
        foreach ((DeviceSpec device, ICostModel cost) in Costs())
        {
            MemoryLevel memory = device.MainMemory;
            DeviceSpec faster = device with { Memory = [memory with { BytesPerSecond = memory.BytesPerSecond! with { Value = 2 * memory.BytesPerSecond.Value } }, .. device.Memory.Skip(1)] };
            Assert.True(Calibration.BuiltIn.CostOf(cost.Deployment with { Device = faster }).Step(work).Seconds <= cost.Step(work).Seconds, device.Id);
        }
    }

    // Every device that reads weights from memory, with its usual engine and each that it was measured with.
    static IEnumerable<(DeviceSpec Device, ICostModel Cost)> Costs() =>
        from device in DeviceCatalogue.BuiltIn.Devices
        where device.Kind is not (DeviceKind.Lpu or DeviceKind.Wafer)
        from engine in Calibration.BuiltIn.Pairs.Select(static pair => pair.Key.Split(' ')).Where(pair => pair[0] == device.Id && pair.Length > 1).Select(static pair => pair[1]).Prepend("")
        select (device, Calibration.BuiltIn.CostOf(new Deployment(Model, device, new Parallelism(4), engine)));
}
