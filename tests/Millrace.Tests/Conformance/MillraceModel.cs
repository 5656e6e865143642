using Millrace.Cache;
using Millrace.Devices.Cpu;
using Millrace.Formats.Gguf;
using Millrace.Kernels;
using Millrace.Scheduling;

namespace Millrace.Tests.Conformance;

/// <summary>A model on our CPU device with one sequence, driven without the engine: what is computed for given tokens and nothing else.</summary>
sealed class MillraceModel : IDisposable
{
    readonly CpuDevice _device;
    readonly StepBatch _batch = new();
    readonly int[] _blocks;

    public MillraceModel(string path, int context, KvType kvType = KvType.F16, int threads = 1, WeightMode weights = WeightMode.Panels, string? panelFolder = null)
        : this(path, new CpuOptions { Threads = threads, Context = context, KvType = kvType, Weights = weights, PanelFolder = panelFolder })
    {
    }

    public MillraceModel(string path, CpuOptions options)
    {
        using GgufFile file = GgufFile.Open(path);
        _device = CpuDevice.Load(file, options);
        _blocks = [.. Enumerable.Range(0, _device.Cache.Blocks)];
    }

    /// <summary>The logits of every position of a prompt that is computed <paramref name="chunk"/> tokens at a time.</summary>
    public float[][] AllLogits(ReadOnlySpan<int> tokens, int chunk = int.MaxValue)
    {
        float[][] rows = new float[tokens.Length][];
        for (int first = 0; first < tokens.Length; first += rows.Length - first < chunk ? rows.Length - first : chunk)
        {
            int count = Math.Min(chunk, tokens.Length - first);
            Run(tokens.Slice(first, count), first, logitRows: count);
            for (int i = 0; i < count; i++)
            {
                rows[first + i] = _device.Logits(i).ToArray();
            }
        }

        return rows;
    }

    /// <summary>Continues a prompt greedily.</summary>
    public int[] Greedy(ReadOnlySpan<int> prompt, int count)
    {
        int[] tokens = new int[count];
        Run(prompt, 0, logitRows: 1);
        for (int i = 0; i < count; i++)
        {
            tokens[i] = LlamaCppContext.ArgMax(_device.Logits(0));
            Run(tokens.AsSpan(i, 1), prompt.Length + i, logitRows: 1);
        }

        return tokens;
    }

    public void Dispose() => _device.Dispose();

    void Run(ReadOnlySpan<int> tokens, int position, int logitRows)
    {
        _batch.Clear();
        _batch.Tokens.AddRange(tokens);
        _batch.Slices.Add(new StepSlice(0, tokens.Length, position, _blocks, logitRows));
        _device.Run(_batch);
    }
}
