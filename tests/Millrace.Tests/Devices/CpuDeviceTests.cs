using Millrace.Devices.Cpu;
using Millrace.Formats;
using Millrace.Scheduling;
using Millrace.Tests.Conformance.Models;

namespace Millrace.Tests.Devices;

public class CpuDeviceTests
{
    [Fact]
    public void A_file_changed_while_it_is_read_is_refused()
    {
        using TinyModelFile tiny = new("llama", WeightType.F32);
        using ModelFile file = ModelFile.Open(tiny.Path);
        File.SetLastWriteTimeUtc(tiny.Path, DateTime.UtcNow.AddHours(1));
        Assert.Contains("changed", Assert.Throws<ModelFormatException>(() => CpuDevice.Load(file, new())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_truncated_after_it_was_opened_is_refused()
    {
        using TinyModelFile tiny = new("llama", WeightType.F32);
        using ModelFile file = ModelFile.Open(tiny.Path);
        using (FileStream stream = new(tiny.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            stream.SetLength(stream.Length / 2);
        }

        Assert.Throws<ModelFormatException>(() => CpuDevice.Load(file, new()));
    }

    [Fact]
    public void A_loaded_model_does_not_notice_that_its_file_is_gone()
    {
        using TinyModelFile tiny = new("llama", WeightType.F32);
        using ModelFile file = ModelFile.Open(tiny.Path);
        using CpuDevice device = CpuDevice.Load(file, new() { Context = 64 });
        float[] before = Logits(device);
        File.WriteAllBytes(tiny.Path, new byte[100]);
        Assert.Equal(before, Logits(device));
    }

    [Fact]
    public void A_cache_larger_than_memory_is_refused_before_anything_is_loaded()
    {
        using TinyModelFile tiny = new("llama", WeightType.F32);
        using ModelFile file = ModelFile.Open(tiny.Path);
        Assert.Contains("KV cache", Assert.Throws<InsufficientMemoryException>(() => CpuDevice.Load(file, new() { KvBlocks = int.MaxValue })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_that_the_page_does_not_use_is_refused()
    {
        TinyModelBuilder model = TinyModels.Build("llama", WeightType.F32);
        model.Vector("blk.0.attn_surprise.weight", 8, 0, 1);
        using TinyModelFile tiny = new(model);
        using ModelFile file = ModelFile.Open(tiny.Path);
        Assert.Contains("blk.0.attn_surprise.weight", Assert.Throws<ModelFormatException>(() => CpuDevice.Load(file, new())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_outside_the_vocabulary_is_refused()
    {
        using TinyModelFile tiny = new("llama", WeightType.F32);
        using ModelFile file = ModelFile.Open(tiny.Path);
        using CpuDevice device = CpuDevice.Load(file, new() { Context = 64 });
        StepBatch batch = new();
        batch.Tokens.Add(device.Vocabulary);
        batch.Slices.Add(new(0, 1, 0, [0], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => device.Run(batch));
    }

    static float[] Logits(CpuDevice device)
    {
        StepBatch batch = new();
        batch.Tokens.AddRange([1, 2, 3, 4, 5]);
        batch.Slices.Add(new(0, 5, 0, [0], 1));
        device.Run(batch);
        return device.Logits(0).ToArray();
    }
}
