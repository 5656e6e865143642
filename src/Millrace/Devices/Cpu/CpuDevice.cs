using System.Globalization;
using Millrace.Architectures;
using Millrace.Cache;
using Millrace.Formats;
using Millrace.Graphs;
using Millrace.Kernels;
using Millrace.Scheduling;

namespace Millrace.Devices.Cpu;

/// <summary>A model on this processor. One thread at a time calls it; nothing is allocated from step to step.</summary>
public sealed unsafe class CpuDevice : IDisposable
{
    readonly WorkerPool _pool;
    readonly CpuMemory _memory;
    readonly CpuStep _step;
    readonly CpuProgram _body;
    readonly CpuProgram _head;
    readonly CpuProgram _finalNorm;
    readonly Rows _logits;
    readonly Rows _hidden;
    readonly int _embeddings; // rows of the table of embeddings
    int _headRows;
    bool _hasRun;
    bool _headIsHidden; // of the rows computed only the norm

    CpuDevice(ModelFile file, CpuOptions options, IProgress<long>? progress)
    {
        Options = options;
        Plan = Plan.Compile(Architecture.Build(file, options.Context), options.Fusions);
        CpuCompiler.RequireCode(Plan, file.Path);
        Vocabulary = Plan.Graph.Logits.Width;
        CpuMemoryNeeds needs = CpuMemoryNeeds.Of(Plan, options);
        needs.Check(options.Context);
        try
        {
            _pool = new WorkerPool(options.Threads);
            Cache = new KvCache([.. Plan.Graph.Layers.Select(layer => new KvLayer(layer.KvHeads, layer.HeadDim, layer.ValueDim))], options.KvType, needs.KvBlocks);
            _memory = new CpuMemory(file, Plan, options, needs, _pool, progress);
            Needs = Weights == options.Weights ? needs : needs.InMemory;
            Kernels = _memory.Weights.Kernels;
            IEnumerable<Rope> ropes = Plan.Graph.Ops.Select(op => op is RopeOp rope ? rope.Rope : (op as RopeStoreOp)?.Rope).OfType<Rope>();
            int scoreStride = KvCache.BlocksFor(options.Context) * KvCache.BlockSize;
            _step = new CpuStep(options.MaxTokens, options.Threads, needs.ScratchOfThread, ropes, Cache);
            CpuCompiler compiler = new(_memory, _step, options.MaxTokens, scoreStride);
            _body = new CpuProgram([.. Plan.Body.Select(compiler.Compile)], _step, _pool);
            _head = new CpuProgram([.. Plan.Head.Select(compiler.Compile)], _step, _pool);
            _logits = _memory.Floats(Plan.Graph.Logits);
            NormOp norm = Plan.Head.OfType<NormOp>().First();
            _hidden = _memory.Floats(norm.Input);
            _finalNorm = new CpuProgram([compiler.Compile(Plan.Head[0]), new NormRun(norm, _hidden, _memory.Vector(norm.Weight), _hidden, [])], _step, _pool);
            _embeddings = Plan.Graph.Ops.OfType<EmbedOp>().First().Table.Rows;
        }
        catch
        {
            Dispose(); // whoever made it never gets it
            throw;
        }
    }

    /// <summary>What it takes, with all matrices in memory where they could not be kept.</summary>
    public CpuMemoryNeeds Needs { get; }

    /// <summary>The plan that runs.</summary>
    public Plan Plan { get; }

    /// <summary>The options it was made with.</summary>
    public CpuOptions Options { get; }

    /// <summary>The KV cache.</summary>
    public KvCache Cache { get; }

    /// <summary>Where its weights are: in memory where they could not be kept in files, whatever the options say.</summary>
    public WeightMode Weights => _memory.Weights.Mode;

    /// <summary>Where its weights are, in words; also why they are not where they were wanted.</summary>
    public string WeightStatus => _memory.Weights.Status;

    /// <summary>By which kernels products ran: one for each type of weights.</summary>
    public IReadOnlyList<KernelLog> Kernels { get; }

    /// <summary>Width of the hidden states.</summary>
    public int HiddenWidth => _hidden.Width;

    /// <summary>Width of the logits.</summary>
    public int Vocabulary { get; }

    /// <summary>Loads a model. The file may be disposed afterwards; it stays open as long as steps read it.</summary>
    /// <param name="file">The model.</param>
    /// <param name="options">How it runs.</param>
    /// <param name="progress">Receives the bytes of weights read so far, or null.</param>
    /// <exception cref="ModelFormatException">The file is not a model that Millrace can run, has an op without code for the CPU (latent attention: such models can be planned, not run), or changed while it was read.</exception>
    /// <exception cref="InsufficientMemoryException">Weights and KV cache need more memory than the process may have.</exception>
    public static CpuDevice Load(ModelFile file, CpuOptions options, IProgress<long>? progress = null) => new(file, options, progress);

    /// <summary>Runs a step: keys and values of its tokens go to the cache, and the rows whose logits are wanted wait for <see cref="Logits"/>.</summary>
    /// <exception cref="ArgumentException">The batch has more tokens than <see cref="CpuOptions.MaxTokens"/>, or one that is not in the vocabulary.</exception>
    /// <exception cref="ModelFormatException">Weights were read from the file for this step, and it was changed.</exception>
    public void Run(StepBatch batch)
    {
        _step.Begin(batch, _embeddings);
        if (_hasRun)
        {
            _memory.Weights.LayOut(_pool);
        }

        _hasRun = true;
        foreach ((int from, int to) in batch.Copies)
        {
            Cache.Copy(from, to);
        }

        _headRows = 0;
        _step.HeadBegin = 0;
        Run(_body);
    }

    /// <summary>A row of logits of the last step, <c>[vocabulary]</c>; valid until the next call. Rows are computed in slices when they are first asked for, so ask in order.</summary>
    public Span<float> Logits(int row)
    {
        RunHead(row, hidden: false);
        return new Span<float>(_logits[row - _step.HeadBegin], Vocabulary);
    }

    /// <summary>As <see cref="Logits"/>, of a slice with <see cref="StepSlice.Hidden"/>: a row of hidden states after the final norm, <c>[width]</c>.</summary>
    public Span<float> Hidden(int row)
    {
        RunHead(row, hidden: true);
        return new Span<float>(_hidden[row - _step.HeadBegin], HiddenWidth);
    }

    /// <summary>Runs the head, or its norm alone, over the slice of rows that begins here, unless it has.</summary>
    void RunHead(int row, bool hidden)
    {
        if ((uint)row >= (uint)_step.LogitRows)
        {
            throw new ArgumentOutOfRangeException(nameof(row), $"row {row} of a step with {_step.LogitRows} rows of logits");
        }

        if (row < _step.HeadBegin || row >= _step.HeadBegin + _headRows || hidden != _headIsHidden)
        {
            _step.HeadBegin = row;
            _step.HeadCount = _headRows = _step.RowsAlike(row, Options.HeadRows);
            _headIsHidden = hidden;
            Run(hidden ? _finalNorm : _head);
        }
    }

    // What was computed counts only if the weights were right before and after.
    void Run(CpuProgram program)
    {
        _memory.Weights.VerifyUnchanged();
        program.Run();
        _memory.Weights.VerifyUnchanged();
    }

    /// <summary>What its steps cost.</summary>
    public StepCost StepCost() =>
        Graphs.StepCost.Of(Plan, KvCache.NumberBytesWithScale(Cache.Type, Plan.Graph.Layers.Select(layer => layer.HeadDim).DefaultIfEmpty(1).First()), Options.HeadRows);

    /// <summary>Frees threads and memory.</summary>
    public void Dispose()
    {
        _pool?.Dispose();
        _memory?.Dispose();
        _step?.Dispose();
        Cache?.Dispose();
    }
}
