using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Millrace.Tools.StoryModel.Export;

/// <summary>The weights that training wrote: a safetensors file of float32, with the model's shape in its notes.</summary>
public sealed class WeightsFile
{
    readonly byte[] _bytes;
    readonly int _data;
    readonly JsonElement _header;

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">It is not such a file.</exception>
    public WeightsFile(string path)
    {
        _bytes = File.ReadAllBytes(path);
        ulong length = _bytes.Length < 8 ? ulong.MaxValue : BinaryPrimitives.ReadUInt64LittleEndian(_bytes);
        if (length > (ulong)_bytes.Length - 8)
        {
            throw new InvalidDataException($"{path}: the header has {length} bytes, the file {_bytes.Length}");
        }

        _data = 8 + (int)length;
        _header = JsonDocument.Parse(_bytes.AsMemory(8, (int)length)).RootElement;
    }

    /// <summary>The names of the tensors, in the order of the file.</summary>
    public IEnumerable<string> Names => _header.EnumerateObject().Select(entry => entry.Name).Where(name => name != "__metadata__");

    /// <summary>All weights, counted.</summary>
    public long Parameters => Names.Sum(name => Shape(name).Aggregate(1L, (product, extent) => product * extent));

    /// <summary>An integer of the notes.</summary>
    public uint Integer(string note) => uint.Parse(Note(note), CultureInfo.InvariantCulture);

    /// <summary>A number of the notes.</summary>
    public float Number(string note) => float.Parse(Note(note), CultureInfo.InvariantCulture);

    /// <summary>The extents of a tensor, outermost first.</summary>
    public long[] Shape(string name) => [.. _header.GetProperty(name).GetProperty("shape").EnumerateArray().Select(extent => extent.GetInt64())];

    /// <summary>The numbers of a tensor, row after row.</summary>
    public ReadOnlySpan<float> Read(string name)
    {
        JsonElement offsets = _header.GetProperty(name).GetProperty("data_offsets");
        return MemoryMarshal.Cast<byte, float>(_bytes.AsSpan((_data + offsets[0].GetInt32())..(_data + offsets[1].GetInt32())));
    }

    string Note(string note) => _header.GetProperty("__metadata__").GetProperty(note).GetString()!;
}
