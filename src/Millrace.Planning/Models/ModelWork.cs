namespace Millrace.Planning.Models;

/// <summary>What one step of a model moves and computes in all, before it is divided over chips.</summary>
/// <param name="Sequences">Sequences that take part.</param>
/// <param name="Tokens">Tokens computed.</param>
/// <param name="LogitRows">Rows of logits.</param>
/// <param name="WeightBytes">Weights read once; of experts, those that the tokens are expected to reach.</param>
/// <param name="KvBytesRead">Keys and values read.</param>
/// <param name="KvBytesWritten">Keys and values written.</param>
/// <param name="MatrixFlops">Operations of products with weights; a multiply-add is two.</param>
/// <param name="AttentionFlops">Operations of attention.</param>
public readonly record struct StepWork(int Sequences, int Tokens, int LogitRows, double WeightBytes, double KvBytesRead, double KvBytesWritten, double MatrixFlops, double AttentionFlops)
{
    /// <summary>All operations.</summary>
    public double Flops => MatrixFlops + AttentionFlops;

    /// <summary>Both in one step, which reads weights once. Of experts two parts reach more than either: their weights follow from the tokens of the whole.</summary>
    public StepWork Beside(in StepWork other) => new(
        Sequences + other.Sequences,
        Tokens + other.Tokens,
        LogitRows + other.LogitRows,
        Math.Max(WeightBytes, other.WeightBytes),
        KvBytesRead + other.KvBytesRead,
        KvBytesWritten + other.KvBytesWritten,
        MatrixFlops + other.MatrixFlops,
        AttentionFlops + other.AttentionFlops);
}

/// <summary>A part of a step that one sequence computes.</summary>
/// <param name="Position">Tokens in the cache before it.</param>
/// <param name="Count">Tokens added.</param>
/// <param name="LogitRows">Rows of logits.</param>
public readonly record struct SequenceWork(int Position, int Count, int LogitRows = 1);

/// <summary>What a model in a precision costs to hold and to run, taken from the plan that its architecture page makes.</summary>
public abstract class ModelWork
{
    /// <summary>The model's name.</summary>
    public abstract string Name { get; }

    /// <summary>What was taken for something else: "priced as llama", a precision that was guessed; "" for nothing.</summary>
    public virtual string Note => "";

    /// <summary>Tokens of the longest sequence that it was made for; null unknown.</summary>
    public virtual int? TrainedContext => null;

    /// <summary>Weights in all.</summary>
    public abstract double Parameters { get; }

    /// <summary>Weights that one token is multiplied with: of experts those it goes to, of a table of embeddings that is not the head nothing.</summary>
    public abstract double ActiveParameters { get; }

    /// <summary>Transformer layers.</summary>
    public abstract int Layers { get; }

    /// <summary>Width of the residual stream.</summary>
    public abstract int Width { get; }

    /// <summary>Key and value heads; tensor parallelism beyond it copies them.</summary>
    public abstract int KvHeads { get; }

    /// <summary>Experts in a layer; 0 for a dense model.</summary>
    public abstract int Experts { get; }

    /// <summary>How the weights of products are stored.</summary>
    public abstract Hardware.NumberType Weights { get; }

    /// <summary>How keys and values are stored.</summary>
    public abstract Hardware.NumberType Kv { get; }

    /// <summary>Bytes of all weights.</summary>
    public abstract double WeightBytes { get; }

    /// <summary>Bytes of keys and values that a sequence of so many tokens holds; windows are taken into account.</summary>
    public abstract double KvBytes(int tokens);

    /// <summary>The work of a step.</summary>
    public abstract StepWork Step(ReadOnlySpan<SequenceWork> sequences);

    /// <summary>The work of a step of equal sequences, without walking over them.</summary>
    /// <param name="sequences">How many.</param>
    /// <param name="each">What each does.</param>
    public abstract StepWork Step(int sequences, SequenceWork each);
}
