using System.Runtime.InteropServices;
using Millrace.Formats;
using Millrace.Formats.Blocks;

namespace Millrace.Planning.Models;

/// <summary>A model that is described and not there: the metadata and tensors that a file of its shape has, without their bytes or with random ones. An architecture page builds its graph of it as of a file.</summary>
sealed class ShapeFile : ModelFile
{
    readonly OrderedDictionary<string, Tensor> _tensors = [];

    /// <summary>Describes a model.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="shape">What it is like.</param>
    /// <param name="typeOf">The type of each tensor.</param>
    /// <param name="random">Whether the tensors can be read, and are random: such a model says nothing, and runs as a real one does.</param>
    public ShapeFile(string name, ModelShape shape, Func<ShapedTensor, WeightType> typeOf, bool random = false)
    {
        Path = name;
        Metadata = new Metadata(name, shape.Keys());
        foreach (ShapedTensor tensor in TensorLayout.Of(shape))
        {
            _tensors.Add(tensor.Name, random ? new Drawn(tensor, typeOf(tensor)) : new Described(tensor.Name, typeOf(tensor), tensor.Extents));
        }
    }

    public override string Path { get; }

    public override Metadata Metadata { get; }

    public override IReadOnlyDictionary<string, Tensor> Tensors => _tensors;

    public override void VerifyUnchanged()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }

    sealed class Described(string name, WeightType type, long[] shape) : Tensor(name, type, shape)
    {
        public override long RowBytes => Type.RowBytes(Columns);

        public override void ReadRows(long firstRow, Span<byte> destination) =>
            throw new NotSupportedException($"{Name} is described and has no bytes");
    }

    sealed class Drawn(ShapedTensor tensor, WeightType type) : Tensor(tensor.Name, type, tensor.Extents)
    {
        public override long RowBytes => Type.RowBytes(Columns);

        public override void ReadRows(long firstRow, Span<byte> destination)
        {
            CheckRows(firstRow, destination.Length);
            if (tensor.Role is TensorRole.Norm or TensorRole.Bias)
            {
                MemoryMarshal.Cast<byte, float>(destination).Fill(tensor.Role == TensorRole.Norm ? 1 : 0);
            }
            else
            {
                RandomBlocks.Fill(Type, destination, (ulong)firstRow, 1 / MathF.Sqrt(Columns));
            }
        }
    }
}
