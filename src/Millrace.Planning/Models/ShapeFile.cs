using Millrace.Formats;

namespace Millrace.Planning.Models;

/// <summary>A model that is described and not there: the metadata and tensors that a file of its shape has, without their bytes. An architecture page builds its graph of it as of a file.</summary>
sealed class ShapeFile : ModelFile
{
    readonly OrderedDictionary<string, Tensor> _tensors = [];

    /// <summary>Describes a model.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="shape">What it is like.</param>
    /// <param name="typeOf">The type of each tensor.</param>
    public ShapeFile(string name, ModelShape shape, Func<ShapedTensor, WeightType> typeOf)
    {
        Path = name;
        Metadata = new Metadata(name, shape.Keys());
        foreach (ShapedTensor tensor in TensorLayout.Of(shape))
        {
            _tensors.Add(tensor.Name, new Described(tensor.Name, typeOf(tensor), tensor.Extents));
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
}
