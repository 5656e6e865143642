using Millrace.Cache;
using Millrace.Devices.Cpu;
using Millrace.Formats;
using Millrace.Kernels;
using Millrace.Planning.Hardware.Machine;
using Millrace.Planning.Models;

namespace Millrace.Planning.Costs.Machine;

/// <summary>Measures the <see cref="MachineCoefficients"/> of this processor: small models of random weights, each made so that one part of a step outweighs the others, run by the engine's own code.</summary>
public sealed class MachineProbe
{
    const int Vocabulary = 256;
    const long ProductBytes = 384 << 20; // far past caches: of twice a cache a third is still found there
    const int MostLayers = 64;           // the narrower a model the less there is of it
    const int HeadWidth = 1024;
    const int AttentionKvHeads = 4;
    const int BytesOfToken = 8192;       // of keys and values in all layers
    const int PromptTokens = 64;
    const int Near = 31;                 // the position that slopes begin at: a block of keys
    const double EnoughSeconds = 0.15;
    const int LeastRepetitions = 3;

    static readonly int[] Groups = [1, 2, 4, 8];
    static readonly int[] HeadDims = [64, 128];

    // Streams and their depth, whose keys and values are CacheBytes.
    static readonly (int Streams, int Depth)[] Caches = [.. MachineCoefficients.CacheBytes.Select(static bytes =>
        bytes > 1 << 28 ? (16, (int)(bytes / BytesOfToken / 16)) : (8, (int)(bytes / BytesOfToken / 8)))];

    readonly int _threads;
    readonly bool _processorTime;
    readonly Action<string> _progress;
    readonly ProcessorShare _share;
    double _perStep, _perOp;

    MachineProbe(int threads, bool processorTime, Action<string> progress) => (_threads, _processorTime, _progress, _share) = (threads, processorTime, progress, new ProcessorShare(threads));

    /// <summary>What coefficients are measured for: processor, instructions, whether machine code is written, threads, and the very build of the kernels.</summary>
    /// <param name="threads">Threads that compute.</param>
    public static string Identity(int threads) =>
        $"{Limits.ProcessorName}, {threads} threads, {InstructionSets.VectorBytes * 8}-bit vectors, {string.Join(' ', InstructionSets.Usable)}, kernels {string.Join(' ', KernelPaths.Supported.Select(KernelPaths.NameOf))}, Millrace {typeof(KernelPaths).Assembly.ManifestModule.ModuleVersionId:n}";

    /// <summary>Measures what is asked for and not yet known.</summary>
    /// <param name="products">Products whose rates are wanted.</param>
    /// <param name="kv">How keys and values are kept.</param>
    /// <param name="threads">Threads that compute.</param>
    /// <param name="known">What was measured before on this machine, or null.</param>
    /// <param name="progress">Told what is measured.</param>
    /// <param name="processorTime">Whether processor time counts, not the clock's.</param>
    /// <returns>What is known now; <paramref name="known"/> itself where nothing was missing.</returns>
    public static MachineCoefficients Measure(IEnumerable<ProductShape> products, KvType kv, int threads, MachineCoefficients? known, Action<string>? progress = null, bool processorTime = false)
    {
        (WeightType Type, bool Head)[] missing = [.. products.Where(product => known?.Knows(product) != true).Select(static product => (product.Type, product.Head)).Distinct()];
        bool attention = known?.Knows(kv) != true;
        if (known is not null && missing.Length == 0 && !attention)
        {
            return known;
        }

        MachineProbe probe = new(threads, processorTime, progress ?? (static _ => { }));
        if (known is null)
        {
            probe.MeasureFixed();
        }
        else
        {
            (probe._perStep, probe._perOp) = (known.SecondsPerStep, known.SecondsPerOp);
        }

        return new(
            Identity(threads),
            threads,
            probe._perStep,
            probe._perOp,
            [.. known?.Products ?? [], .. missing.Where(static one => !one.Head).SelectMany(one => probe.MeasureProducts(one.Type))],
            [.. known?.Heads ?? [], .. missing.Where(static one => one.Head).Select(one => probe.MeasureHead(one.Type))],
            [.. known?.Attention ?? [], .. attention ? HeadDims.SelectMany(width => probe.MeasureAttention(kv, width)) : []])
        {
            ProcessorShare = probe._share.Value,
        };
    }

    // Many ops with next to nothing to do.
    void MeasureFixed()
    {
        _progress("barriers");
        ModelShape thin = Shape(64, 64, 64, 2, 2, 32);
        (double few, double many) = (Seconds(thin with { Layers = 8 }, WeightType.Q8_0, 1), Seconds(thin, WeightType.Q8_0, 1));
        int opsOfLayer = (Ops(thin) - Ops(thin with { Layers = 8 })) / (thin.Layers - 8);
        _perOp = Math.Max(0, (many - few) / (opsOfLayer * (thin.Layers - 8)));
        _perStep = Math.Max(0, few - Ops(thin with { Layers = 8 }) * _perOp);
    }

    IEnumerable<ProductRate> MeasureProducts(WeightType type)
    {
        foreach ((int width, int ffn, int heads, int kvHeads) in ((int, int, int, int)[])[(512, 1536, 8, 4), (1024, 3072, 16, 8), (2048, 8192, 32, 8)])
        {
            _progress($"{type.GgufName} layers of width {width}");
            ModelShape one = Shape(1, width, ffn, heads, kvHeads, 64);
            double bytes = Profile(one, type).Products.Sum(static product => product.Bytes * product.Count);
            yield return Rate(one with { Layers = (int)Math.Clamp(ProductBytes / bytes, 1, MostLayers) }, type);
        }
    }

    ProductRate Rate(ModelShape shape, WeightType type)
    {
        PlanProfile profile = Profile(shape, type);
        double bytes = profile.Products.Sum(product => product.Bytes * product.Count * MachineCost.BalanceOf(product.Slabs, _threads));
        using CpuDevice device = Load(shape, type, KvType.F16, 32, MachineCoefficients.Tokens[^1]);
        StreamRun run = new(device, MachineCoefficients.Tokens[^1], _processorTime);
        double fixedPart = _perStep + (profile.Ops * _perOp);
        return new(type, shape.Width, Growing([.. MachineCoefficients.Tokens.Select(tokens => Math.Max(fixedPart, Seconds(run, tokens, 0, 1) - fixedPart) / bytes)]));
    }

    HeadRate MeasureHead(WeightType type)
    {
        _progress($"{type.GgufName} head");
        ModelShape shape = Shape(1, HeadWidth, 64, 16, 4, 64) with { Vocabulary = (int)(ProductBytes / type.RowBytes(HeadWidth)) };
        double bytes = Profile(shape, type).Products.Where(static product => product.Head).Sum(product => product.Bytes * MachineCost.BalanceOf(product.Slabs, _threads));
        using CpuDevice device = Load(shape, type, KvType.F16, 32, MachineCost.HeadRows);
        StreamRun run = new(device, MachineCost.HeadRows, _processorTime);
        return new(type, Growing([.. MachineCoefficients.Tokens.TakeWhile(static rows => rows <= MachineCost.HeadRows).Select(rows => Typical(() => run.TimeHead(rows)) / bytes)]));
    }

    // More tokens never take less: what says so was disturbed.
    static double[] Growing(double[] rates)
    {
        for (int i = rates.Length - 2; i >= 0; i--)
        {
            rates[i] = Math.Min(rates[i], rates[i + 1]);
        }

        return rates;
    }

    IEnumerable<AttentionRate> MeasureAttention(KvType kv, int headDim)
    {
        int layers = Math.Max(1, (int)(BytesOfToken / (2 * AttentionKvHeads * headDim * KvCache.NumberBytesWithScale(kv, headDim))));
        (int streams, int depth) = Caches[^1];
        double? piece = null;
        foreach (int group in (int[])[4, .. Groups.Where(static group => group != 4)])
        {
            _progress($"attention with {group} {(group == 1 ? "head" : "heads")} of {headDim} to a key");
            ModelShape shape = Shape(layers, 64, 64, group * AttentionKvHeads, AttentionKvHeads, headDim);
            using CpuDevice device = Load(shape, WeightType.Q8_0, kv, depth, Math.Max(PromptTokens, streams), streams);
            StreamRun run = new(device, streams, _processorTime);
            run.FillCache();
            double[] rates = [.. Caches.Select(cache => Slope(run, cache.Streams, cache.Depth - 1, 1) / (cache.Streams * (double)AttentionKvHeads * layers * (cache.Depth - 1 - Near)))];
            rates = [.. rates.Select(rate => rate * _threads / MachineCost.BalanceOf(streams * AttentionKvHeads, _threads))];
            double start = piece ??= PieceSeconds(shape, kv, rates[^1]);
            yield return new(kv, headDim, group, rates, start);
            if (group == 4)
            {
                // Rows of prompts share keys, so that it matters little where these come from.
                int last = depth - PromptTokens;
                double prompt = (double)layers * AttentionKvHeads * (last - Near) * (PromptTokens * group / 16.0);
                yield return new(kv, headDim, 16, [.. Enumerable.Repeat(Slope(run, 1, last, PromptTokens) * _threads / prompt, Caches.Length)], start);
            }
        }
    }

    // So many short sequences that no cache holds their keys: what they take beyond long ones is for where each begins.
    double PieceSeconds(ModelShape shape, KvType kv, double secondsPerKey)
    {
        const int Keys = 128;
        int streams = (int)(MachineCoefficients.CacheBytes[^1] / BytesOfToken / (Near + 1 + Keys));
        using CpuDevice device = Load(shape, WeightType.Q8_0, kv, Near + 1 + Keys, streams, streams);
        StreamRun run = new(device, streams, _processorTime);
        run.FillCache();
        double pieces = (double)streams * AttentionKvHeads * shape.Layers;
        return Math.Max(0, (Slope(run, streams, Near + Keys, 1) * _threads / pieces) - (Keys * secondsPerKey));
    }

    static double Slope(StreamRun run, int streams, int position, int count) => Math.Max(1e-12, Seconds(run, streams, position, count) - Seconds(run, streams, Near, count));

    double Seconds(ModelShape shape, WeightType type, int tokens)
    {
        using CpuDevice device = Load(shape, type, KvType.F16, 32, tokens);
        return Seconds(new StreamRun(device, tokens, _processorTime), tokens, 0, 1);
    }

    static double Seconds(StreamRun run, int streams, int position, int count) => Typical(() => run.Time(streams, position, count));

    static double Typical(Func<double> time)
    {
        List<double> seconds = [];
        double sum = 0;
        time();
        while (seconds.Count < LeastRepetitions || sum < EnoughSeconds)
        {
            seconds.Add(time());
            sum += seconds[^1];
        }

        return StreamRun.Typical(seconds);
    }

    CpuDevice Load(ModelShape shape, WeightType type, KvType kv, int context, int tokens, int? streams = null)
    {
        _share.Look();
        using ShapeFile file = File(shape, type, random: true);
        CpuDevice device = CpuDevice.Load(file, new CpuOptions { Threads = _threads, Context = context, KvType = kv, MaxTokens = Math.Max(tokens, 1), KvBlocks = (streams ?? tokens) * KvCache.BlocksFor(context) });
        StreamRun run = new(device, 1);
        for (int i = 0; i < 40; i++)
        {
            run.Time(1, 0, 1); // until the code is compiled at its best
        }

        return device;
    }

    static ShapeFile File(ModelShape shape, WeightType type, bool random) =>
        new("probe", shape, tensor => tensor.Role is TensorRole.Norm or TensorRole.Bias ? WeightType.F32 : TensorLayout.Fit(type, tensor.Extents[0]), random);

    static PlanProfile Profile(ModelShape shape, WeightType type)
    {
        using ShapeFile file = File(shape, type, random: false);
        return PlannedModel.Of(file, "probe").Profile;
    }

    static int Ops(ModelShape shape) => Profile(shape, WeightType.Q8_0).Ops;

    static ModelShape Shape(int layers, int width, int ffn, int heads, int kvHeads, int headDim) => new()
    {
        Layers = layers, Width = width, Ffn = ffn, Heads = heads, KvHeads = kvHeads, HeadDim = headDim, Vocabulary = Vocabulary, Context = Caches[^1].Depth, Tied = true,
    };
}
