using Millrace.Formats;
using Millrace.Formats.Blocks;
using Millrace.Formats.Gguf;
using Millrace.Planning.Models;

namespace Millrace.Cli.Synthesis;

/// <summary>A model of a shape with random weights: it says nothing, and costs what a real one costs. Matrices are scaled so that activations keep their size from layer to layer.</summary>
sealed class SyntheticModel
{
    const int ChunkBytes = 1 << 20;

    // A trained head spreads its logits by about this.
    const float LogitSpread = 3;

    readonly ModelShape _shape;
    readonly WeightType _type;
    readonly ulong _seed;
    readonly GgufWriter _writer = new();
    readonly HashSet<string> _fallbacks = [];
    ulong _tensors;
    long _done;
    IProgress<long>? _progress;

    SyntheticModel(ModelShape shape, WeightType type, ulong seed) => (_shape, _type, _seed) = (shape, type, seed);

    /// <summary>Bytes of weights.</summary>
    public long Bytes { get; private set; }

    /// <summary>Which rows could not be in the asked type, and what they are in instead.</summary>
    public IReadOnlyCollection<string> Fallbacks => _fallbacks;

    /// <summary>Lays out a model.</summary>
    /// <param name="shape">What it is like.</param>
    /// <param name="type">The type of every matrix; a tied embedding or head is in Q6_K where this has 4 or 5 bits. Norms, biases and routers are F32.</param>
    /// <param name="seed">Equal seeds give equal files.</param>
    public static SyntheticModel Create(ModelShape shape, WeightType type, ulong seed)
    {
        SyntheticModel model = new(shape, type, seed);
        model.AddKeys();
        SyntheticVocabulary.OfSize(shape.Vocabulary).AddTo(model._writer);
        model.AddTensors();
        return model;
    }

    /// <summary>Writes the file, once.</summary>
    /// <param name="path">Where.</param>
    /// <param name="progress">Told of the bytes written so far.</param>
    public void Write(string path, IProgress<long> progress)
    {
        _progress = progress;
        _writer.Write(path);
    }

    void AddKeys()
    {
        foreach ((string key, object value) in _shape.Keys())
        {
            _writer.Add(key, value);
        }
    }

    void AddTensors()
    {
        foreach (ShapedTensor tensor in TensorLayout.Of(_shape))
        {
            switch (tensor.Role)
            {
                case TensorRole.Norm or TensorRole.Bias:
                    Vector(tensor, tensor.Role == TensorRole.Norm ? 1 : 0);
                    break;
                case TensorRole.Router:
                    Matrix(tensor, WeightType.F32);
                    break;
                default:
                    Matrix(tensor, TypeFor(tensor));
                    break;
            }
        }
    }

    float Gain(TensorRole role) => role switch
    {
        TensorRole.Embedding => MathF.Sqrt(_shape.Width),
        TensorRole.Head => LogitSpread,
        TensorRole.Residual or TensorRole.ExpertResidual => Residual,
        _ => 1,
    };

    // All blocks together weigh more than the embedding, as in a trained model; random gates and averaged values let about a third through.
    float Residual => 3 / MathF.Sqrt(2 * _shape.Layers);

    void Vector(ShapedTensor tensor, float value) =>
        Tensor(tensor.Name, WeightType.F32, tensor.Extents, (blocks, _) => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(blocks).Fill(value));

    void Matrix(ShapedTensor tensor, WeightType held)
    {
        float deviation = Gain(tensor.Role) / MathF.Sqrt(tensor.Extents[0]);
        Tensor(tensor.Name, held, tensor.Extents, (blocks, seed) => RandomBlocks.Fill(held, blocks, seed, deviation));
    }

    // Rows that are no whole blocks of the type get another, and the user is told.
    WeightType TypeFor(ShapedTensor tensor)
    {
        long columns = tensor.Extents[0];
        WeightType wanted = tensor.Role == TensorRole.Head && IsFourOrFiveBits(_type) ? WeightType.Q6_K : _type;
        WeightType held = TensorLayout.Fit(wanted, columns);
        if (held != wanted)
        {
            _fallbacks.Add($"rows of {columns} are not whole {wanted.GgufName} blocks of {wanted.BlockLength}: {held.GgufName} instead");
        }

        return held;
    }

    static bool IsFourOrFiveBits(WeightType type) => type.BlockLength > 1 && type.BlockBytes * 8.0 / type.BlockLength is >= 4 and < 6.25;

    delegate void Filler(Span<byte> blocks, ulong seed);

    void Tensor(string name, WeightType type, long[] shape, Filler fill)
    {
        ulong stream = unchecked((_seed * 0x9E3779B97F4A7C15) + (++_tensors << 32));
        long total = shape.Skip(1).Aggregate(type.RowBytes(shape[0]), static (product, extent) => checked(product * extent));
        Bytes += total;
        _writer.Add(name, type, shape, destination =>
        {
            byte[] chunk = new byte[Math.Min(total, ChunkBytes / type.BlockBytes * type.BlockBytes)];
            for (long left = total; left > 0; left -= chunk.Length)
            {
                Span<byte> blocks = chunk.AsSpan(0, (int)Math.Min(left, chunk.Length));
                fill(blocks, ++stream);
                destination.Write(blocks);
                _progress?.Report(_done += blocks.Length);
            }
        });
    }
}
