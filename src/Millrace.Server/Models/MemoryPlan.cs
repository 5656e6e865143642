using System.Globalization;
using Millrace.Cache;
using Millrace.Devices.Cpu;
using Millrace.Formats;
using Millrace.Server.Hosting;
using Millrace.Server.Inference;

namespace Millrace.Server.Models;

/// <summary>How a model will be loaded, and what it will take.</summary>
/// <param name="Device">How it will run.</param>
/// <param name="Needs">The bytes it will take.</param>
sealed record MemoryPlan(CpuOptions Device, CpuMemoryNeeds Needs)
{
    const int DefaultContext = 4096;

    /// <summary>Gives a model the KV cache that its settings ask for, as far as a limit allows.</summary>
    /// <param name="file">The model.</param>
    /// <param name="settings">How it is to run.</param>
    /// <param name="limit">Bytes that it may take in all.</param>
    /// <exception cref="InferenceException">It cannot fit; the message has the figures.</exception>
    /// <exception cref="ModelFormatException">The file is not a model that Millrace can run.</exception>
    public static MemoryPlan For(ModelFile file, ModelSettings settings, long limit)
    {
        int trained = file.Metadata.Int($"{file.Metadata.String("general.architecture")}.context_length", DefaultContext, 1);
        int context = settings.Context ?? Math.Min(trained, DefaultContext);
        if (context > trained)
        {
            throw Refused($"a context of {context} tokens was asked for, and the model was made for {trained}");
        }

        CpuOptions device = new()
        {
            Threads = settings.Threads ?? Environment.ProcessorCount,
            Context = context,
            KvType = settings.KvType,
            Weights = settings.Weights,
            PanelFolder = settings.PanelFolder,
        };
        CpuMemoryNeeds needs = CpuMemoryNeeds.Of(file, device);
        int one = needs.KvBlocks;
        long rest = limit - needs.Weights - needs.Scratch;
        long bytes = settings.KvBytes ?? Math.Max(Math.Min(limit / 4, rest), needs.Kv);
        int blocks = (int)Math.Min(Math.Min((long)one * settings.Parallel, bytes / needs.KvBlock), int.MaxValue);
        if (blocks < 1)
        {
            throw Refused($"{bytes} bytes of KV cache are less than the {needs.KvBlock} of one block of {KvCache.BlockSize} tokens");
        }

        needs = needs with { KvBlocks = blocks };
        if (needs.Total > limit)
        {
            throw TooLarge(needs, limit);
        }

        return new(device with { KvBlocks = blocks }, needs);
    }

    /// <summary>Why a model that needs more than a limit is refused, with the figures.</summary>
    public static InferenceException TooLarge(CpuMemoryNeeds needs, long limit) => Refused(string.Create(
        CultureInfo.InvariantCulture,
        $"it needs {needs.Total / 1e9:0.00} GB ({needs.Weights / 1e9:0.00} of weights{(needs.Mapped > 0 ? $" beside {needs.Mapped / 1e9:0.00} in a mapped file" : "")}, {needs.Kv / 1e9:0.00} of KV cache, {needs.Scratch / 1e9:0.00} of scratch), and the limit is {limit / 1e9:0.00} GB"));

    static InferenceException Refused(string message) => new(Refusal.NotSupported, message) { Parameter = "model" };
}
