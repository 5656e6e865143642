using System.Diagnostics;
using Millrace.Devices.Cpu;
using Millrace.Formats;
using Millrace.Kernels;
using Millrace.Planning;
using Millrace.Planning.Costs;
using Millrace.Planning.Costs.Machine;
using Millrace.Planning.Hardware;
using Millrace.Planning.Hardware.Machine;
using Millrace.Planning.Models;

namespace Millrace.Tests.Planning.Costs.Machine;

public sealed class MachineCostTests : IDisposable
{
    const double SecondsPerByte = 1e-10, SecondsPerOp = 1e-6, SecondsPerKey = 1e-8, SecondsPerPiece = 1e-6;

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Step_of_one_token_takes_its_bytes_its_ops_and_its_keys()
    {
        PlannedModel model = Model("llama-3-8b");
        StepTime time = Cost(model, 1).Step(model.Step(1, new(999, 1)));
        double weights = 32 * (4096.0 * (4096 + 1024) * 2 + 3 * 4096 * 14336) + 128256.0 * 4096;
        Assert.Equal(weights * 34 / 32 * SecondsPerByte, time.Weights, 1e-9);
        Assert.Equal(32 * 8 * (1000 * SecondsPerKey * 4 + SecondsPerPiece), time.Kv, 1e-9); // four heads to a key: four rows
        Assert.Equal(model.Profile.Ops * SecondsPerOp, time.Fixed, 1e-12);
        Assert.Equal(time.Weights + time.Kv + time.Fixed, time.Seconds, 1e-9);
        Assert.Equal("memory", time.Bound);
    }

    [Fact]
    public void Tokens_beyond_the_first_take_computing()
    {
        PlannedModel model = Model("llama-3-8b");
        MachineCost cost = Cost(model, 1);
        StepTime one = cost.Step(model.Step(1, new(0, 1)));
        StepTime many = cost.Step(model.Step(64, new(0, 1)));
        Assert.Equal(one.Weights + (3 * 128256.0 * 4096 * 34 / 32 * SecondsPerByte), many.Weights, 1e-9); // the head runs over 16 rows at a time
        Assert.True(many.Compute > 30 * one.Weights);
        Assert.Equal("compute", many.Bound);
    }

    [Fact]
    public void Thread_that_waits_for_the_other_is_counted()
    {
        PlannedModel model = Model("smollm2-135m"); // three key heads, nine slabs of rows down
        double one = Cost(model, 1).Step(model.Step(1, new(4095, 1))).Kv;
        double two = Cost(model, 2).Step(model.Step(1, new(4095, 1))).Kv;
        Assert.Equal(2.0 / 3 * one, two, 1e-9);
        double even = Cost(model, 2).Step(model.Step(2, new(4095, 1))).Kv;
        Assert.Equal(one, even, 1e-9);
        Assert.True(Cost(model, 2).Step(model.Step(1, new(0, 1))).Weights > Cost(model, 1).Step(model.Step(1, new(0, 1))).Weights);
    }

    [Fact]
    public void Rates_are_interpolated_between_what_was_measured()
    {
        MachineCoefficients machine = Machine(1) with
        {
            Products = [Rate(WeightType.Q8_0, 512, 1), Rate(WeightType.Q8_0, 2048, 3)],
            Attention = [Keys(64, 1, 1), Keys(64, 3, 2), Keys(128, 1, 4)],
        };
        Assert.Equal(2, machine.ProductSecondsPerByte(WeightType.Q8_0, 1024, 1), 1e-12);
        Assert.Equal(1, machine.ProductSecondsPerByte(WeightType.Q8_0, 64, 1), 1e-12);
        Assert.Equal(5, machine.ProductSecondsPerByte(WeightType.Q8_0, 512, 5), 1e-12);
        Assert.Equal(512, machine.ProductSecondsPerByte(WeightType.Q8_0, 512, 512), 1e-9);
        Assert.Equal(1.5, machine.AttentionSecondsPerKey(KvType.F16, 64, 2, 0));
        Assert.Equal(2.5, machine.AttentionSecondsPerKey(KvType.F16, 96, 1, 3));
        Assert.Equal(8, machine.AttentionSecondsPerKey(KvType.F16, 256, 1, 0));
        Assert.Throws<PlanningException>(() => machine.ProductSecondsPerByte(WeightType.Q4_0, 512, 1));
        Assert.Throws<PlanningException>(() => machine.AttentionSecondsPerKey(KvType.Int8, 64, 1, 0));
    }

    [Theory]
    [InlineData(1e6, 1)] // what caches hold
    [InlineData((1 << 25) * 2.0, 2.5)]
    [InlineData(1e12, 4)]
    public void Keys_take_longer_the_more_of_them_no_cache_holds(double bytes, double rate) => Assert.Equal(rate, MachineCoefficients.AtBytes([1, 2, 3, 4], bytes), 1e-12);

    [Fact]
    public void What_may_not_be_measured_is_not_predicted_and_what_is_damaged_is_not_read()
    {
        PlannedModel model = Model("smollm2-135m");
        Assert.Null(MachineStore.Cost(model, null, KvType.F16, 1, _folder.Path(""), null));
        File.WriteAllText(_folder.Path("machine.json"), """{"machine":"another"}""");
        Assert.Null(MachineStore.Cost(model, null, KvType.F16, 1, _folder.Path(""), null));
        File.WriteAllText(_folder.Path("machine.json"), $$"""{"machine":"{{MachineProbe.Identity(1)}}","step":-1}""");
        Assert.Null(MachineStore.Cost(model, null, KvType.F16, 1, _folder.Path(""), null));
        PlanningException wrong = Assert.Throws<PlanningException>(() => MachineStore.Cost(PlannedModel.Of(ModelCatalogue.Find("smollm2-135m")!, Precision.Fp8), null, KvType.F16, 1, null, null));
        Assert.Contains("f8_e4m3", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Stored_coefficients_are_those_that_were_measured()
    {
        MachineCoefficients machine = Machine(3);
        MachineStore.Write(_folder.Path(""), machine);
        MachineCoefficients? read = MachineStore.Read(_folder.Path(""), 3);
        Assert.NotNull(read);
        Assert.Equal(machine.SecondsPerOp, read.SecondsPerOp);
        Assert.Equal(machine.Products[0].SecondsPerByte, read.Products[0].SecondsPerByte);
        Assert.Equal(machine.Heads[0].SecondsPerByte, read.Heads[0].SecondsPerByte);
        Assert.Equal(machine.Attention.Select(static rate => (rate.HeadDim, rate.Rows, rate.SecondsPerKey[3])), read.Attention.Select(static rate => (rate.HeadDim, rate.Rows, rate.SecondsPerKey[3])));
        Assert.Null(MachineStore.Read(_folder.Path(""), 2));
    }

    [Theory]
    [InlineData(0.95, true)]
    [InlineData(0.85, false)]
    public void What_was_measured_beside_others_is_not_kept_and_that_is_said(double share, bool kept)
    {
        List<string> said = [];
        MachineStore.Keep(_folder.Path(""), Machine(3) with { ProcessorShare = share }, said.Add);
        Assert.Equal(kept, MachineStore.Read(_folder.Path(""), 3) is not null);
        Assert.Equal(kept ? [] : ["others took 15 % of the processors' time meanwhile"], said.Select(static text => text[..text.IndexOf(',')]));
    }

    [Fact]
    public void Other_kernels_are_another_machine()
    {
        string kernels = typeof(KernelPaths).Assembly.ManifestModule.ModuleVersionId.ToString("n");
        Assert.Contains(kernels, MachineProbe.Identity(3), StringComparison.Ordinal);
        Assert.Contains($"kernels {string.Join(' ', KernelPaths.Supported.Select(KernelPaths.NameOf))}, ", MachineProbe.Identity(3), StringComparison.Ordinal);
        MachineStore.Write(_folder.Path(""), Machine(3) with { Machine = MachineProbe.Identity(3).Replace(kernels, Guid.NewGuid().ToString("n"), StringComparison.Ordinal) });
        Assert.Null(MachineStore.Read(_folder.Path(""), 3));
    }

    [Fact]
    public async Task Processors_that_others_use_are_seen()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell");
        Process[] others = [.. Enumerable.Range(0, 3 * Environment.ProcessorCount).Select(static _ => Process.Start("sh", ["-c", "while :; do :; done"]))];
        try
        {
            ProcessorShare share = new(Environment.ProcessorCount);
            Assert.Equal(1, share.Value);
            await Task.Delay(100, TestContext.Current.CancellationToken); // they have started
            for (int i = 0; i < 10; i++)
            {
                share.Look();
            }

            Assert.InRange(share.Value, 0.01, 0.8);
        }
        finally
        {
            Array.ForEach(others, static other =>
            {
                other.Kill();
                other.Dispose();
            });
        }
    }

    [Fact]
    public void Steps_of_an_engine_are_those_of_its_report()
    {
        PlannedModel model = Model("gemma-3-1b");
        StepReport report = new(1, 2, 2, 2, 2, 100, 0) { LogitRows = 2, CachedKeys = 2000, AttendedKeys = 2000 };
        Assert.Equal(model.Step(2, new(999, 1)), model.Step(report));
        PlannedModel plain = Model("llama-3-8b");
        StepReport prompt = new(1, 1, 10, 0, 1, 100, 0) { LogitRows = 1, CachedKeys = 30, AttendedKeys = 255 };
        Assert.Equal(plain.Step(1, new(20, 10)), plain.Step(prompt));
    }

    [Fact]
    public void Described_model_with_random_weights_runs()
    {
        ModelShape shape = ModelCatalogue.Find("smollm2-135m")!.Shape with { Layers = 1, Vocabulary = 300 };
        using ShapeFile file = new("random", shape, tensor => Precision.OfGguf(WeightType.Q8_0).TypeOf(tensor, shape), random: true);
        using CpuDevice device = CpuDevice.Load(file, new CpuOptions { Threads = 1, Context = 40 });
        StreamRun run = new(device, 1);
        run.FillCache();
        Assert.True(run.Time(1, 39, 1) > 0);
        Assert.True(float.IsFinite(device.Logits(0)[17]));
    }

    static ProductRate Rate(WeightType type, int width, double scale) => new(type, width, [.. MachineCoefficients.Tokens.Select(tokens => scale * tokens)]);

    static AttentionRate Keys(int headDim, int rows, double seconds) => new(KvType.F16, headDim, rows, [seconds, seconds, seconds, seconds], SecondsPerPiece);

    static MachineCoefficients Machine(int threads) => new(
        MachineProbe.Identity(threads), threads, 0, SecondsPerOp,
        [new(WeightType.Q8_0, 512, [.. MachineCoefficients.Tokens.Select(static tokens => tokens * SecondsPerByte)])],
        [new(WeightType.Q8_0, [.. MachineCoefficients.Tokens.Take(8).Select(static rows => rows * SecondsPerByte)])],
        [Keys(64, 1, SecondsPerKey), Keys(64, 16, 16 * SecondsPerKey), Keys(128, 1, SecondsPerKey), Keys(128, 16, 16 * SecondsPerKey)]);

    static PlannedModel Model(string name) => PlannedModel.Of(ModelCatalogue.Find(name)!, Precision.OfGguf(WeightType.Q8_0));

    static MachineCost Cost(PlannedModel model, int threads)
    {
        DeviceSpec device = new() { Id = "here", Name = "here", Vendor = "", Kind = DeviceKind.Cpu, Memory = [new("DRAM", new Figure(1e10, "test"), null)], Peaks = new Dictionary<NumberType, Figure>() };
        return new(new Deployment(model, device, new Parallelism(1), "millrace"), model, Machine(threads), KvType.F16, new ErrorBand("test", 0, 0, 1, 1));
    }
}
