using System.Globalization;
using Millrace.Architectures;
using Millrace.Cache;
using Millrace.Formats;
using Millrace.Graphs;
using Millrace.Kernels;

namespace Millrace.Devices.Cpu;

/// <summary>Bytes that a model takes once it is loaded, known from its header alone. Tokenizer and templates come on top: some megabytes.</summary>
/// <param name="Weights">Vectors, and matrices where they are in memory and not <see cref="Mapped"/>.</param>
/// <param name="KvBlock">One block of the KV cache: <see cref="KvCache.BlockSize"/> tokens of all layers.</param>
/// <param name="KvBlocks">Blocks of the KV cache.</param>
/// <param name="Scratch">Values of a step, and each thread's scratch.</param>
public sealed record CpuMemoryNeeds(long Weights, long KvBlock, int KvBlocks, long Scratch)
{
    /// <summary>The KV cache.</summary>
    public long Kv => checked(KvBlock * KvBlocks);

    /// <summary>Matrices that come from a file in memory: the system holds as much of it as there is room for, and takes it back where it needs to. So they slow a step down where there is little memory, but are no part of <see cref="Total"/>.</summary>
    public long Mapped { get; init; }

    /// <summary>All that the system cannot take back.</summary>
    public long Total => checked(Weights + Kv + Scratch);

    /// <summary>Rows that the inputs of experts can have.</summary>
    internal int ExpertRows { get; private init; }

    /// <summary>One thread's scratch for values.</summary>
    internal long ScratchOfThread { get; private init; }

    /// <summary>One thread's scratch for weights that are laid out as they are used.</summary>
    internal long PanelScratch { get; private init; }

    /// <summary>What a model will need.</summary>
    /// <param name="file">The model; only its header is read.</param>
    /// <param name="options">How it will run.</param>
    /// <exception cref="ModelFormatException">The file is not a model that Millrace can run.</exception>
    public static CpuMemoryNeeds Of(ModelFile file, CpuOptions options) => Of(Plan.Compile(Architecture.Build(file, options.Context), options.Fusions), options);

    internal static CpuMemoryNeeds Of(Plan plan, CpuOptions options)
    {
        IReadOnlyList<Op> ops = plan.Graph.Ops;
        int contextBlocks = KvCache.BlocksFor(options.Context);
        int expertRows = ops.OfType<RouteOp>().Select(op => Routing.CapacityOf(op.Logits.Width, op.ExpertsUsed, options.MaxTokens)).DefaultIfEmpty(0).Max();
        long attention = plan.Graph.Layers.Select(layer => AttentionRun<KvF32>.Scratch(layer, contextBlocks * KvCache.BlockSize)).DefaultIfEmpty(0).Max();
        long rows = Math.Max((long)Math.Max(options.MaxTokens, expertRows) * Plan.SlabRows, ops.OfType<NormOp>().Max(op => op.Input.Width));
        long scratch = checked(Math.Max(attention, rows) * sizeof(float));
        long matrices = plan.Weights.Sum(static weight => weight.Bytes);
        bool isMapped = options.Weights != WeightMode.Panels;
        long panels = options.ReadsFile ? plan.Weights.Max(static weight => WeightMatrix.ScratchBytes(weight.Type, weight.Columns)) : 0;
        return new(
            (isMapped ? 0 : matrices) + ops.SelectMany(static op => op.Vectors).Distinct().Sum(static vector => vector.Bytes),
            KvCache.BytesOfBlock(plan.Graph.Layers.Select(static layer => new KvLayer(layer.KvHeads, layer.HeadDim, layer.ValueDim)), options.KvType),
            options.KvBlocks ?? contextBlocks,
            checked(plan.Buffers.Sum(buffer => Bytes(buffer, RowsOf(buffer.Rows, options, expertRows))) + (scratch + panels) * options.Threads))
        {
            Mapped = isMapped ? matrices : 0,
            ExpertRows = expertRows,
            ScratchOfThread = scratch,
            PanelScratch = panels,
        };
    }

    /// <summary>The same with all matrices in memory.</summary>
    internal CpuMemoryNeeds InMemory => this with { Weights = Weights + Mapped, Mapped = 0 };

    /// <summary>Says before anything is loaded that there is not enough memory, rather than have the system end the process later.</summary>
    /// <param name="context">The context that was asked for.</param>
    /// <exception cref="InsufficientMemoryException">There is not.</exception>
    internal void Check(int context)
    {
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (Weights + (double)KvBlock * KvBlocks > available)
        {
            throw new InsufficientMemoryException(string.Create(
                CultureInfo.InvariantCulture,
                $"{Weights / 1e9:F1} GB of weights and {(double)KvBlock * KvBlocks / 1e9:F1} GB of KV cache for a context of {context} need more than the {available / 1e9:F1} GB of memory there are"));
        }
    }

    /// <summary>Rows that a buffer has room for.</summary>
    internal static int RowsOf(RowDomain domain, CpuOptions options, int expertRows) => domain switch
    {
        RowDomain.Tokens => options.MaxTokens,
        RowDomain.ExpertRows => expertRows,
        _ => options.HeadRows,
    };

    static long Bytes(PlanBuffer buffer, int rows) =>
        (long)rows * (buffer.Quantized is { } kind ? new ActivationLayout(kind, buffer.Width).Stride : (long)buffer.Width * sizeof(float));
}
