namespace Millrace.Formats.Gguf;

/// <summary>A tensor as a GGUF header describes it, with every number checked but its place in the file.</summary>
/// <param name="Name">The name.</param>
/// <param name="Type">A known type, readable or not.</param>
/// <param name="Shape">Extents, innermost first.</param>
/// <param name="Offset">Bytes from the start of the weights, a multiple of the alignment, below 2^60.</param>
/// <param name="Bytes">Bytes of the weights, below 2^60.</param>
readonly record struct GgufTensorInfo(string Name, WeightType Type, long[] Shape, long Offset, long Bytes)
{
    const long Limit = 1L << 60;

    /// <summary>Reads one description.</summary>
    public static GgufTensorInfo Read(GgufReader reader, int alignment)
    {
        string name = reader.Name("tensor name", GgufHeader.MaxNameBytes);
        long[] shape = ReadShape(reader, name);
        long place = reader.Position;
        uint id = reader.Number<uint>(name);
        WeightType type = (WeightType)id;
        if (id > int.MaxValue || !type.IsKnown || !type.IsGguf)
        {
            throw reader.Wrong(name, place, "a weight type of ggml", $"{id}");
        }

        if (shape[0] % type.BlockLength != 0)
        {
            throw reader.Wrong(name, place, $"rows of whole {type.GgufName} blocks of {type.BlockLength}", $"{shape[0]} columns");
        }

        UInt128 bytes = (UInt128)(shape[0] / type.BlockLength) * (uint)type.BlockBytes;
        foreach (long extent in shape.AsSpan(1))
        {
            bytes = bytes < Limit ? bytes * (ulong)extent : bytes;
        }

        if (bytes >= Limit)
        {
            throw reader.Wrong(name, place, "fewer than 2^60 bytes", string.Join(" × ", shape) + " " + type.GgufName);
        }

        place = reader.Position;
        ulong offset = reader.Number<ulong>(name);
        if (offset % (uint)alignment != 0)
        {
            throw reader.Wrong(name, place, $"an offset that is a multiple of {alignment}", $"{offset}");
        }

        return offset < Limit
            ? new GgufTensorInfo(name, type, shape, (long)offset, (long)bytes)
            : throw reader.Wrong(name, place, "an offset inside the file", $"{offset}");
    }

    static long[] ReadShape(GgufReader reader, string name)
    {
        long place = reader.Position;
        uint count = reader.Number<uint>(name);
        if (count is 0 or > 4)
        {
            throw reader.Wrong(name, place, "1 to 4 extents", $"{count}");
        }

        long[] shape = new long[count];
        for (int i = 0; i < shape.Length; i++)
        {
            place = reader.Position;
            ulong extent = reader.Number<ulong>(name);
            shape[i] = extent is > 0 and < Limit
                ? (long)extent
                : throw reader.Wrong(name, place, "an extent of at least 1 and below 2^60", $"{extent}");
        }

        return shape;
    }
}

/// <summary>A tensor of a GGUF file.</summary>
sealed class GgufTensor(SourceFile file, GgufTensorInfo info, long offset) : Tensor(info.Name, info.Type, info.Shape)
{
    /// <summary>Where the weights stand in the file, in bytes.</summary>
    public long Offset => offset;

    public override long RowBytes { get; } = info.Type.RowBytes(info.Shape[0]);

    public override void ReadRows(long firstRow, Span<byte> destination)
    {
        if (!Type.IsReadable)
        {
            throw new ModelFormatException(file.Path, Name, offset, "a weight type that Millrace reads", Type.GgufName);
        }

        CheckRows(firstRow, destination.Length);
        file.Read(offset + firstRow * RowBytes, destination, Name);
    }
}
