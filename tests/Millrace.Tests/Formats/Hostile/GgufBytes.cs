using System.Runtime.InteropServices;
using System.Text;

namespace Millrace.Tests.Formats.Hostile;

/// <summary>Puts together the bytes of a GGUF file, right or wrong, field by field.</summary>
sealed class GgufBytes
{
    readonly List<byte> _bytes = [];
    readonly List<(int Offset, int Size)> _numbers = [];

    /// <summary>Where the numbers stand.</summary>
    public IReadOnlyList<(int Offset, int Size)> Numbers => _numbers;

    /// <summary>A start with these counts.</summary>
    public static GgufBytes Start(ulong tensors, ulong keys, uint version = 3) => new GgufBytes().Raw("GGUF"u8).Number(version).Number(tensors).Number(keys);

    public GgufBytes Raw(ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public GgufBytes Number<T>(T value) where T : unmanaged
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value));
        _numbers.Add((_bytes.Count, bytes.Length));
        return Raw(bytes);
    }

    public GgufBytes Text(string text) => Number((ulong)Encoding.UTF8.GetByteCount(text)).Raw(Encoding.UTF8.GetBytes(text));

    /// <summary>A key and the type of its value.</summary>
    public GgufBytes Key(string key, uint type) => Text(key).Number(type);

    /// <summary>A key with an array: element type and count.</summary>
    public GgufBytes Array(string key, uint type, ulong count) => Key(key, 9).Number(type).Number(count);

    /// <summary>The description of a tensor.</summary>
    public GgufBytes Tensor(string name, ulong[] shape, uint type, ulong offset = 0)
    {
        Text(name).Number((uint)shape.Length);
        foreach (ulong extent in shape)
        {
            Number(extent);
        }

        return Number(type).Number(offset);
    }

    /// <summary>Fills up to the alignment, then so many bytes of weights.</summary>
    public GgufBytes Data(int count, int alignment = 32)
    {
        int padding = (int)((alignment - _bytes.Count % alignment) % alignment);
        return Raw(new byte[padding + count]);
    }

    public byte[] ToArray() => [.. _bytes];
}
