using Millrace.Devices.Cpu;
using Millrace.Formats;
using Millrace.Graphs;
using Millrace.Kernels;
using Millrace.Scheduling;
using Millrace.Tests.Conformance.Models;

namespace Millrace.Tests.Devices;

/// <summary>The raw graph and the fused one are two programs for the same numbers.</summary>
public class FusionTests
{
    static readonly int[] Prompt = [.. Enumerable.Range(0, 36).Select(i => (i * 37 + 11) % 256)];

    public static TheoryData<string> Architectures => [.. TinyModels.Names];

    [Theory]
    [MemberData(nameof(Architectures))]
    public void All_fusions_leave_every_bit(string architecture)
    {
        using TinyModelFile tiny = new(architecture, WeightType.F32);
        using ModelFile file = ModelFile.Open(tiny.Path);
        Assert.Equal(Logits(file, Fusions.None), Logits(file, Fusions.All));
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("gpt-oss")]
    public void Each_fusion_leaves_every_bit(string architecture)
    {
        using TinyModelFile tiny = new(architecture, WeightType.F32);
        using ModelFile file = ModelFile.Open(tiny.Path);
        int[] fused = Logits(file, Fusions.All);
        foreach (Fusions fusion in Enum.GetValues<Fusions>())
        {
            Assert.Equal(fused, Logits(file, fusion));
            Assert.Equal(fused, Logits(file, Fusions.All & ~fusion));
        }
    }

    [Theory]
    [InlineData(WeightType.Q4_0)]
    [InlineData(WeightType.Q4_K)]
    [InlineData(WeightType.BF16)]
    public void Every_fusion_leaves_every_bit_of_quantized_models(WeightType type)
    {
        using TinyModelFile tiny = new("llama", type);
        using ModelFile file = ModelFile.Open(tiny.Path);
        Assert.Equal(Logits(file, Fusions.None), Logits(file, Fusions.All));
    }

    [Fact]
    public void Fusions_leave_ten_ops_in_a_layer()
    {
        using TinyModelFile tiny = new("llama", WeightType.Q8_0);
        using ModelFile file = ModelFile.Open(tiny.Path);
        using CpuDevice device = CpuDevice.Load(file, new() { Context = 64 });
        int layers = device.Plan.Graph.Layers.Count;
        Assert.Equal(1 + 10 * layers, device.Plan.Body.Count);
        Assert.Equal(3, device.Plan.Head.Count);
    }

    static int[] Logits(ModelFile file, Fusions fusions)
    {
        using CpuDevice device = CpuDevice.Load(file, new() { Context = 64, Fusions = fusions, KvType = KvType.F32, Threads = 2 });
        StepBatch batch = new();
        batch.Tokens.AddRange(Prompt);
        batch.Slices.Add(new(0, Prompt.Length, 0, [1, 0], Prompt.Length));
        device.Run(batch);
        return [.. Enumerable.Range(0, Prompt.Length).SelectMany(row => device.Logits(row).ToArray()).Select(BitConverter.SingleToInt32Bits)];
    }
}
