using Millrace.Architectures;
using Millrace.Devices.Cpu;
using Millrace.Formats;
using Millrace.Graphs;
using Millrace.Planning.Hardware;
using Millrace.Planning.Models;

namespace Millrace.Tests.Planning.Models;

public sealed class PlannedModelTests
{
    public static TheoryData<string> Names => [.. ModelCatalogue.Models.Select(model => model.Id)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Shape_has_as_many_weights_as_its_makers_count(string name)
    {
        CatalogueModel model = ModelCatalogue.Find(name)!;
        Assert.Equal(name, model.Id);
        Assert.InRange(PlannedModel.Of(model, Precision.Bf16).Parameters / model.Parameters, 0.99, 1.01);
    }

    [Theory]
    [InlineData("llama-3-8b", NumberType.Fp16, 131072)]
    [InlineData("llama-3-8b", NumberType.Fp8, 65536)]
    [InlineData("llama-3-70b", NumberType.Fp16, 327680)]
    [InlineData("llama-3-70b", NumberType.Fp8, 163840)]
    [InlineData("llama-3.1-405b", NumberType.Fp16, 516096)]
    [InlineData("deepseek-v3", NumberType.Fp16, 61 * (512 + 64) * 2)]
    public void Token_takes_the_known_bytes_of_cache(string name, NumberType kv, double bytes)
    {
        PlannedModel model = Model(name, Precision.Fp16 with { Kv = kv });
        Assert.Equal(bytes, model.KvBytes(1));
        StepWork step = model.Step(1, new(999, 1));
        Assert.Equal(bytes * 1000, step.KvBytesRead);
        Assert.Equal(bytes, step.KvBytesWritten);
    }

    [Theory]
    [InlineData("llama-3-70b", "bf16", 141.1)]
    [InlineData("llama-3-70b", "fp8", 72.7)]
    [InlineData("llama-3-70b", "nvfp4", 42.7)]
    [InlineData("llama-3-8b", "q4_k_m", 4.92)]
    [InlineData("llama-3-8b", "q8_0", 8.54)]
    [InlineData("llama-2-7b", "q4_0", 3.82)]
    [InlineData("gpt-oss-120b", "mxfp4", 65.2)]
    [InlineData("gpt-oss-20b", "mxfp4", 13.8)]
    [InlineData("deepseek-v3", "fp8", 673)]
    [InlineData("deepseek-v3", "nvfp4", 395)]
    public void Weights_take_the_bytes_of_the_public_files(string name, string precision, double gigabytes)
    {
        Assert.True(Precision.TryParse(precision, out Precision? parsed));
        Assert.InRange(Model(name, parsed!).WeightBytes / 1e9 / gigabytes, 0.98, 1.02);
    }

    [Theory]
    [InlineData("llama-3-8b")]
    [InlineData("llama-3-70b")]
    [InlineData("qwen3-32b")]
    public void Token_takes_two_operations_for_each_weight_and_four_for_each_number_of_a_key(string name)
    {
        CatalogueModel model = ModelCatalogue.Find(name)!;
        PlannedModel planned = PlannedModel.Of(model, Precision.Bf16);
        StepWork step = planned.Step(1, new(4095, 1));
        Assert.InRange(step.MatrixFlops / (2 * planned.ActiveParameters), 1, 1.005);
        Assert.Equal(4.0 * model.Shape.Layers * model.Shape.Heads * model.Shape.HeadDim * 4096, step.AttentionFlops);
    }

    [Theory]
    [InlineData("deepseek-v3", 671e9, 37e9, 0.02)]
    [InlineData("gpt-oss-120b", 116.8e9, 5.13e9, 0.01)]
    [InlineData("gpt-oss-20b", 20.9e9, 3.61e9, 0.01)]
    [InlineData("mixtral-8x7b", 46.7e9, 12.9e9, 0.02)]
    [InlineData("qwen3-235b-a22b", 235e9, 22e9, 0.02)]
    [InlineData("kimi-k2", 1.03e12, 32e9, 0.04)]
    public void Mixture_uses_the_known_part_of_its_weights(string name, double parameters, double active, double tolerance)
    {
        PlannedModel model = Model(name, Precision.Bf16);
        Assert.InRange(model.Parameters / parameters, 0.99, 1.01);
        Assert.InRange(model.ActiveParameters / active, 1 - tolerance, 1 + tolerance);
    }

    [Fact]
    public void Steps_of_equal_sequences_cost_the_same_listed_or_counted()
    {
        foreach (string name in new[] { "llama-3-8b", "gemma-3-1b", "gpt-oss-20b", "deepseek-v2-lite" })
        {
            PlannedModel model = Model(name, Precision.Fp8);
            SequenceWork each = new(3000, 17, 2);
            Assert.Equal(model.Step([each, each, each]), model.Step(3, each));
        }
    }

    [Fact]
    public void More_tokens_reach_more_experts_and_never_more_than_there_are()
    {
        PlannedModel model = Model("mixtral-8x7b", Precision.Bf16);
        double expert = 32 * 3.0 * 4096 * 14336 * 2;
        double one = model.Step(1, new(0, 1)).WeightBytes;
        Assert.Equal(expert * (8 * (1 - Math.Pow(0.75, 4)) - 2), model.Step(4, new(0, 1)).WeightBytes - one - (3 * 4096 * 2), 1e3);
        Assert.InRange(model.Step(256, new(0, 1)).WeightBytes, model.WeightBytes * 0.99, model.WeightBytes);
    }

    [Fact]
    public void Window_bounds_what_is_read_and_kept()
    {
        PlannedModel model = Model("gpt-oss-20b", Precision.Bf16);
        double layer = 2.0 * 8 * 64 * 2;
        Assert.Equal((12 * 4096 + 12 * 128) * layer, model.Step(1, new(4095, 1)).KvBytesRead);
        Assert.Equal((12 * 4096 + 12 * 128) * layer, model.KvBytes(4096));
    }

    [Fact]
    public void Work_is_that_of_the_plan_of_a_real_file()
    {
        using ModelFile file = ModelFile.Open(Path.Combine(Repository.Root, "models", "story.gguf"));
        Plan plan = Plan.Compile(Architecture.Build(file, 256));
        PlannedModel model = PlannedModel.Of(file, "story");
        (int Position, int Count)[] slices = [(0, 7), (40, 1), (100, 3)];
        OpCost cost = plan.Cost(new(slices, 3, 2));
        StepWork step = model.Step([.. slices.Select(slice => new SequenceWork(slice.Position, slice.Count))]);
        Assert.Equal(cost.WeightBytes, step.WeightBytes, 1.0);
        Assert.Equal(cost.KvBytes, step.KvBytesRead + step.KvBytesWritten, 1.0);
        Assert.Equal(cost.Flops, step.Flops, 1.0);
        Assert.Equal(3, step.Sequences);
        Assert.Equal(11, step.Tokens);
    }

    [Fact]
    public void Described_shape_of_a_file_costs_what_the_file_does()
    {
        using ModelFile file = ModelFile.Open(Path.Combine(Repository.Root, "models", "story.gguf"));
        ModelShape shape = ShapeReader.Read(file);
        PlannedModel described = PlannedModel.Of("described", shape, Precision.OfGguf(WeightType.F16));
        PlannedModel real = PlannedModel.Of(file, "real");
        Assert.Equal(real.Parameters, described.Parameters);
        Assert.Equal(real.KvBytes(77), described.KvBytes(77));
        Assert.Equal(real.Step(2, new(9, 3)).Flops, described.Step(2, new(9, 3)).Flops);
    }

    [Fact]
    public void Model_with_latent_attention_is_planned_but_not_loaded()
    {
        using ShapeFile file = new("deepseek", ModelCatalogue.Find("deepseek-v2-lite")!.Shape, tensor => Precision.Bf16.TypeOf(tensor, ModelCatalogue.Find("deepseek-v2-lite")!.Shape));
        ModelFormatException refused = Assert.Throws<ModelFormatException>(() => CpuDevice.Load(file, new CpuOptions { Context = 64 }));
        Assert.Contains("latent query", refused.Message, StringComparison.Ordinal);
        Assert.Throws<NotSupportedException>(() => file.Tensor("token_embd.weight").ReadRows(0, new byte[4096]));
    }

    [Fact]
    public void Steps_are_priced_without_allocations()
    {
        PlannedModel model = Model("gpt-oss-20b", Precision.MxFp4);
        SequenceWork[] works = [new(10, 1), new(500, 64)];
        model.Step(works);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            model.Step(works);
            model.Step(i, works[0]);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    static PlannedModel Model(string name, Precision precision) => PlannedModel.Of(ModelCatalogue.Find(name)!, precision);
}
