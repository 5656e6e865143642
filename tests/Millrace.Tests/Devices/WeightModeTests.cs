using Millrace.Devices.Cpu;
using Millrace.Formats;
using Millrace.Kernels;
using Millrace.Scheduling;
using Millrace.Tests.Conformance;
using Millrace.Tests.Conformance.Models;

namespace Millrace.Tests.Devices;

/// <summary>Where weights are changes nothing of what is computed.</summary>
public class WeightModeTests
{
    public static TheoryData<string, WeightType, KvType> Models => BitExactnessTests.Models;

    [Theory]
    [MemberData(nameof(Models))]
    public void Low_memory_gives_the_bits_of_panels(string variant, WeightType type, KvType kv)
    {
        using TinyModelFile tiny = new(variant, type);
        int[] tokens = BitExactnessTests.Tokens(1, 40);
        using MillraceModel panels = new(tiny.Path, context: 64, kv), low = new(tiny.Path, context: 64, kv, threads: 2, WeightMode.LowMemory);
        BitExactnessTests.AssertSameBits(panels.AllLogits(tokens), low.AllLogits(tokens), "one piece");
        BitExactnessTests.AssertSameBits(panels.AllLogits(tokens, 1), low.AllLogits(tokens, 1), "token by token");
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Kept_panels_give_the_bits_of_panels_in_memory(string variant, WeightType type, KvType kv)
    {
        using TemporaryFolder folder = new();
        using TinyModelFile tiny = new(variant, type);
        int[] tokens = BitExactnessTests.Tokens(1, 20);
        using MillraceModel panels = new(tiny.Path, context: 64, kv);
        float[][] expected = panels.AllLogits(tokens);
        for (int load = 0; load < 2; load++)
        {
            using MillraceModel kept = new(tiny.Path, context: 64, kv, threads: 2, WeightMode.KeptPanels, folder.Path());
            BitExactnessTests.AssertSameBits(expected, kept.AllLogits(tokens), $"load {load}");
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_first_step_from_the_file_gives_the_bits_of_panels(string variant, WeightType type, KvType kv)
    {
        using TinyModelFile tiny = new(variant, type);
        int[] tokens = BitExactnessTests.Tokens(1, 20);
        using MillraceModel panels = new(tiny.Path, context: 64, kv), whole = new(tiny.Path, Late(kv)), pieces = new(tiny.Path, Late(kv));
        BitExactnessTests.AssertSameBits(panels.AllLogits(tokens), whole.AllLogits(tokens), "one step");
        BitExactnessTests.AssertSameBits(panels.AllLogits(tokens, 1), pieces.AllLogits(tokens, 1), "token by token");
    }

    [Fact]
    public void A_file_that_changes_behind_the_first_step_ends_the_second_and_is_not_needed_after_it()
    {
        using TinyModelFile tiny = new("llama", WeightType.Q4_0);
        using CpuDevice settled = Load(tiny.Path, Late(KvType.F16)), first = Load(tiny.Path, Late(KvType.F16));
        Run(settled);
        Run(settled);
        Run(first);
        File.SetLastWriteTimeUtc(tiny.Path, DateTime.UtcNow.AddSeconds(10));
        Assert.EndsWith("it was changed while it was read", Assert.Throws<ModelFormatException>(() => Run(first)).Message, StringComparison.Ordinal);
        Assert.Throws<ModelFormatException>(() => Run(first));
        Run(settled);
    }

    static CpuOptions Late(KvType kv) => new() { Context = 64, KvType = kv, Threads = 2, FirstStepFromFile = true };

    [Fact]
    public void Weights_in_mapped_files_need_no_memory_but_are_named()
    {
        using TinyModelFile tiny = new("llama", WeightType.F32);
        using ModelFile file = ModelFile.Open(tiny.Path);
        CpuOptions options = new() { Context = 64, Threads = 1 };
        CpuMemoryNeeds panels = CpuMemoryNeeds.Of(file, options), low = CpuMemoryNeeds.Of(file, options with { Weights = WeightMode.LowMemory });
        CpuMemoryNeeds kept = CpuMemoryNeeds.Of(file, options with { Weights = WeightMode.KeptPanels });
        long matrices = file.Tensors.Values.Where(tensor => tensor.Shape.Count > 1).Sum(tensor => tensor.ByteLength);
        Assert.Equal((panels.Weights - matrices, matrices), (low.Weights, low.Mapped));
        Assert.Equal((panels.Weights - matrices, matrices), (kept.Weights, kept.Mapped));
        Assert.Equal((0, panels.Total - matrices), (panels.Mapped, kept.Total));
        Assert.InRange(low.Scratch - panels.Scratch, 1, 1 << 20);
    }

    [Fact]
    public void A_file_that_changes_under_a_low_memory_run_ends_its_next_step()
    {
        using TinyModelFile tiny = new("llama", WeightType.Q4_0);
        using CpuDevice device = Load(tiny.Path);
        Run(device);
        using (FileStream file = new(tiny.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.Position = file.Length - 100;
            file.WriteByte(1);
        }

        File.SetLastWriteTimeUtc(tiny.Path, DateTime.UtcNow.AddSeconds(10));
        Assert.EndsWith("it was changed while it was read", Assert.Throws<ModelFormatException>(() => Run(device)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_cut_under_a_low_memory_run_gives_a_typed_exception()
    {
        using TinyModelFile tiny = new("llama", WeightType.Q4_0);
        using CpuDevice device = Load(tiny.Path);
        using (FileStream file = new(tiny.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(file.Length / 2);
        }

        Assert.Throws<ModelFormatException>(() => Run(device));
    }

    // The file is disposed before the first step.
    static CpuDevice Load(string path, CpuOptions? options = null)
    {
        using ModelFile file = ModelFile.Open(path);
        return CpuDevice.Load(file, options ?? new CpuOptions { Context = 64, Threads = 1, Weights = WeightMode.LowMemory });
    }

    static void Run(CpuDevice device)
    {
        StepBatch batch = new();
        batch.Tokens.AddRange(BitExactnessTests.Tokens(1, 4));
        batch.Slices.Add(new StepSlice(0, 4, 0, [0], LogitRows: 1));
        device.Run(batch);
        _ = device.Logits(0)[0];
    }
}
