using System.Collections.Concurrent;
using Millrace.Architectures;
using Millrace.Formats;
using Millrace.Graphs;
using Millrace.Planning.Hardware;

namespace Millrace.Planning.Models;

/// <summary>A model's work, read off the ops of its plan once; a step is then a few multiplications. Immutable.</summary>
/// <remarks>Two things differ from <see cref="Plan.Cost"/>: of experts those count that so many tokens are expected to reach, E·(1 − (1 − k/E)ᵗ), not the most that they could; and the head is read once, not once for each slice of rows. Operations of norms, gates and rotations count among those of the products.</remarks>
public sealed class PlannedModel : ModelWork
{
    static readonly ConcurrentDictionary<(string Name, ModelShape Shape, Precision Precision, string Note), PlannedModel> Described = new();

    readonly double _bodyBytes, _bytesOfEmbedding, _headBytes;
    readonly double _kvWritten, _flopsOfToken, _flopsOfRow;
    readonly ExpertSet[] _experts;
    readonly KeySet[] _keys;

    PlannedModel(ModelFile file, string name, string note, NumberType? weights, NumberType kv, double kvBytesPerNumber)
    {
        (Name, Note, Kv, KvBytesPerNumber) = (name, note, kv, kvBytesPerNumber);
        ModelConfig config = new(file, file.Metadata.Int($"{file.Metadata.String("general.architecture")}.context_length", 4096, 1, 1 << 28));
        Plan plan = Plan.Compile(Architecture.Build(file, config.TrainedContext));
        TrainedContext = config.TrainedContext;
        (Layers, Width, KvHeads, Experts) = (config.Layers, config.Width, plan.Graph.Layers[0].KvHeads, config.Experts);
        Graph = plan.Graph;
        StepShape one = new([(0, 1)], 1, kvBytesPerNumber);
        OpCost body = Sum(plan.Body.Where(static op => op is not (AttentionOp or EmbedOp or ExpertGateOp or ExpertDownOp)), one);
        OpCost routed = Sum(plan.Body.Where(static op => op is ExpertGateOp or ExpertDownOp), one);
        OpCost head = Sum(plan.Head, one);
        AttentionOp[] attention = [.. plan.Body.OfType<AttentionOp>()];
        _bodyBytes = body.WeightBytes + attention.Sum(op => op.Cost(one).WeightBytes);
        _bytesOfEmbedding = Sum(plan.Body.OfType<EmbedOp>(), one).WeightBytes;
        _headBytes = head.WeightBytes;
        _kvWritten = body.KvBytes;
        _flopsOfToken = body.Flops + routed.Flops;
        _flopsOfRow = head.Flops;
        _experts = [.. plan.Body.Where(static op => op is ExpertGateOp or ExpertDownOp).GroupBy(CountsOf).Select(ops => new ExpertSet(ops.Key.Experts, ops.Key.Used, Sum(ops, one).WeightBytes / ops.Key.Used))];
        _keys = [.. attention.GroupBy(static op => op.Shape.Window).Select(ops => (ops.Key, Cost: Sum(ops, one))).Select(keys => new KeySet(keys.Key, keys.Cost.KvBytes, keys.Cost.Flops))];
        Profile = PlanProfile.Of(plan);
        WeightBytes = plan.Weights.Sum(static weight => (double)weight.Bytes) + plan.Graph.Ops.SelectMany(static op => op.Vectors).Distinct().Sum(static vector => (double)vector.Bytes);
        Parameters = file.Tensors.Values.Where(static tensor => !tensor.Name.StartsWith("rope_", StringComparison.Ordinal)).Sum(static tensor => (double)tensor.Columns * tensor.Rows);
        bool tied = !file.Tensors.ContainsKey("output.weight");
        double asleep = plan.Body.Where(static op => op is ExpertGateOp or ExpertDownOp).Sum(static op => op.Weights.Sum(static weight => (double)weight.Rows * weight.Columns) * (1 - CountsOf(op).Used / (double)CountsOf(op).Experts));
        ActiveParameters = Parameters - asleep - (tied ? 0 : (double)config.Vocabulary * config.Width);
        Weights = weights ?? Precision.KindOf(plan.Weights.GroupBy(static weight => weight.Type).MaxBy(static group => group.Sum(static weight => weight.Bytes))!.Key);
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override string Note { get; }

    /// <inheritdoc/>
    public override int? TrainedContext { get; }

    /// <inheritdoc/>
    public override double Parameters { get; }

    /// <inheritdoc/>
    public override double ActiveParameters { get; }

    /// <inheritdoc/>
    public override int Layers { get; }

    /// <inheritdoc/>
    public override int Width { get; }

    /// <inheritdoc/>
    public override int KvHeads { get; }

    /// <inheritdoc/>
    public override int Experts { get; }

    /// <summary>The plan's ops, for machines that place them one by one.</summary>
    public Graph Graph { get; }

    /// <summary>Bytes of one number of the KV cache.</summary>
    public double KvBytesPerNumber { get; }

    /// <inheritdoc/>
    public override NumberType Weights { get; }

    /// <inheritdoc/>
    public override NumberType Kv { get; }

    /// <inheritdoc/>
    public override double WeightBytes { get; }

    /// <summary>The plan's ops in the sizes that decide how long a processor takes for them.</summary>
    public PlanProfile Profile { get; }

    /// <summary>A model of the catalogue.</summary>
    public static PlannedModel Of(CatalogueModel model, Precision precision) => Of(model.Id, model.Shape, precision, model.Note);

    /// <summary>A model of a shape. Equal ones are made once.</summary>
    /// <exception cref="ModelFormatException">The extents do not go together.</exception>
    public static PlannedModel Of(string name, ModelShape shape, Precision precision, string note = "")
    {
        return Described.GetOrAdd((name, shape, precision, note), static key =>
        {
            using ShapeFile file = new(key.Name, key.Shape, tensor => key.Precision.TypeOf(tensor, key.Shape));
            return new PlannedModel(file, key.Name, Join(key.Note, key.Precision.Guess), key.Precision.Weights, key.Precision.Kv, key.Precision.KvBytesPerNumber);
        });
    }

    /// <summary>A model in a file: only headers are read.</summary>
    /// <param name="file">The model.</param>
    /// <param name="name">How to call it.</param>
    /// <param name="kv">How keys and values will be stored.</param>
    /// <param name="kvBytesPerNumber">Bytes of one number of them with its share of a scale; null for what the type needs.</param>
    /// <exception cref="ModelFormatException">No page can make a plan of it.</exception>
    public static PlannedModel Of(ModelFile file, string name, NumberType kv = NumberType.Fp16, double? kvBytesPerNumber = null) =>
        new(file, name, "", null, kv, kvBytesPerNumber ?? (Precision.Bf16 with { Kv = kv }).KvBytesPerNumber);

    /// <inheritdoc/>
    public override double KvBytes(int tokens)
    {
        double bytes = 0;
        foreach (KeySet keys in _keys)
        {
            bytes += keys.Bytes * (keys.Window > 0 ? Math.Min(tokens, keys.Window) : tokens);
        }

        return bytes;
    }

    /// <inheritdoc/>
    public override StepWork Step(ReadOnlySpan<SequenceWork> sequences)
    {
        int tokens = 0, rows = 0;
        double read = 0, attention = 0;
        foreach (SequenceWork sequence in sequences)
        {
            tokens += sequence.Count;
            rows += sequence.LogitRows;
            AddKeys(sequence, 1, ref read, ref attention);
        }

        return Step(sequences.Length, tokens, rows, read, attention);
    }

    /// <inheritdoc/>
    public override StepWork Step(int sequences, SequenceWork each)
    {
        double read = 0, attention = 0;
        AddKeys(each, sequences, ref read, ref attention);
        return Step(sequences, sequences * each.Count, sequences * each.LogitRows, read, attention);
    }

    /// <summary>The work of a step of which only sums are known. Where layers have windows, all sequences count as equally long.</summary>
    /// <param name="step">The step.</param>
    public StepWork Step(in StepReport step)
    {
        double read = 0, attention = 0;
        foreach (KeySet keys in _keys)
        {
            double most = keys.Window > 0 ? keys.Window : double.PositiveInfinity;
            read += keys.Bytes * Math.Min(step.CachedKeys, most * step.Sequences + step.Tokens - step.Sequences);
            attention += keys.Flops * Math.Min(step.AttendedKeys, most * step.Tokens);
        }

        return Step(step.Sequences, step.Tokens, step.LogitRows, read, attention);
    }

    StepWork Step(int sequences, int tokens, int rows, double read, double attention)
    {
        double weights = tokens > 0 ? _bodyBytes + _bytesOfEmbedding * tokens + (rows > 0 ? _headBytes : 0) : 0;
        foreach (ExpertSet set in _experts)
        {
            weights += set.BytesOfOne * set.Reached(tokens);
        }

        return new(sequences, tokens, rows, weights, read, _kvWritten * tokens, _flopsOfToken * tokens + _flopsOfRow * rows, attention);
    }

    void AddKeys(SequenceWork sequence, int times, ref double read, ref double attention)
    {
        foreach (KeySet keys in _keys)
        {
            read += keys.Bytes * StepCost.Cached(sequence.Position, sequence.Count, keys.Window) * times;
            attention += keys.Flops * StepCost.Attended(sequence.Position, sequence.Count, keys.Window) * times;
        }
    }

    static (int Experts, int Used) CountsOf(Op op) => op switch
    {
        ExpertGateOp gate => (gate.Gate.Experts.Count, gate.ExpertsUsed),
        ExpertDownOp down => (down.Down.Experts.Count, down.ExpertsUsed),
        _ => throw new ArgumentException($"{op.Name} has no experts", nameof(op)),
    };

    static OpCost Sum(IEnumerable<Op> ops, StepShape step) => ops.Aggregate(default(OpCost), (sum, op) => sum + op.Cost(step));

    static string Join(string note, string? guess) => guess is null ? note : note.Length == 0 ? guess : $"{note}; {guess}";

    /// <summary>Experts of all layers that are chosen alike.</summary>
    readonly record struct ExpertSet(int Experts, int Used, double BytesOfOne)
    {
        public double Reached(int tokens) => Experts * (1 - Math.Pow(1 - (double)Used / Experts, tokens));
    }

    /// <summary>Bytes and operations of one key in all layers of a window.</summary>
    readonly record struct KeySet(int Window, double Bytes, double Flops);
}
