using System.Buffers.Binary;
using System.Text.Json;

namespace Millrace.Formats.Safetensors;

/// <summary>Reads the header of a safetensors file: a length, then a JSON object of tensors, then their bytes without holes.</summary>
/// <remarks>Source: the safetensors format description. The rules are those of the reference implementation (offsets in order without holes or overlap, the whole file covered, sizes that fit the shapes), and duplicate names are refused.</remarks>
sealed class SafetensorsHeader
{
    /// <summary>Most bytes of the header (the reference implementation's limit).</summary>
    public const int MaxBytes = 100_000_000;

    /// <summary>Most tensors in a file.</summary>
    public const int MaxTensors = 100_000;

    /// <summary>Most extents of a tensor.</summary>
    public const int MaxRank = 8;

    readonly SourceFile _file;
    readonly long _data;
    readonly List<SafetensorsEntry> _entries = [];

    SafetensorsHeader(SourceFile file, long data)
    {
        _file = file;
        _data = data;
    }

    /// <summary>Reads and checks the tensors of a file, in the order of their bytes.</summary>
    /// <exception cref="ModelFormatException">The file is not what it must be.</exception>
    public static List<SafetensorsEntry> Read(SourceFile file)
    {
        Span<byte> prefix = stackalloc byte[8];
        file.Read(0, prefix, "header length");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaxBytes || (long)length > file.Length - 8)
        {
            throw new ModelFormatException(file.Path, "header length", 0, $"at most {Math.Min(MaxBytes, file.Length - 8)}", $"{length}");
        }

        byte[] json = new byte[length];
        file.Read(8, json, "header");
        if (json.Length == 0 || json[0] != (byte)'{')
        {
            throw new ModelFormatException(file.Path, "header", 8, "a JSON object", json.Length == 0 ? "nothing" : $"the byte 0x{json[0]:x2}");
        }

        SafetensorsHeader header = new(file, 8 + (long)length);
        try
        {
            header.Parse(json);
        }
        catch (JsonException problem)
        {
            throw new ModelFormatException(file.Path, "header", 8 + JsonFile.Offset(json, problem), "a JSON object of tensors", JsonFile.Describe(problem));
        }
        catch (InvalidOperationException)
        {
            // What the reader throws at escapes and bytes that are no text.
            throw new ModelFormatException(file.Path, "header", -1, "UTF-8 text", "other bytes");
        }

        header.CheckCover();
        return header._entries;
    }

    void Parse(byte[] json)
    {
        Utf8JsonReader reader = new(json, new JsonReaderOptions { MaxDepth = 4 });
        HashSet<string> names = [];
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            if (!names.Add(name))
            {
                throw Wrong(name, "each name once", "it twice");
            }

            if (name == "__metadata__")
            {
                SkipMetadata(ref reader);
            }
            else if (_entries.Count == MaxTensors)
            {
                throw Wrong(name, $"at most {MaxTensors} tensors", "more");
            }
            else
            {
                _entries.Add(ReadEntry(ref reader, name));
            }
        }

        // Behind the object only spaces may follow: the reader throws at anything else.
        reader.Read();
    }

    void SkipMetadata(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartObject, "__metadata__", "an object of strings");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            Expect(ref reader, JsonTokenType.String, "__metadata__", "an object of strings");
        }
    }

    SafetensorsEntry ReadEntry(ref Utf8JsonReader reader, string name)
    {
        string? dtype = null;
        long[]? shape = null;
        long[]? offsets = null;
        Expect(ref reader, JsonTokenType.StartObject, name, "an object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string property = reader.GetString()!;
            switch (property)
            {
                case "dtype" when dtype is null:
                    Expect(ref reader, JsonTokenType.String, name, "a string as dtype");
                    dtype = reader.GetString()!;
                    break;
                case "shape" when shape is null:
                    shape = Numbers(ref reader, name, "shape", MaxRank);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = Numbers(ref reader, name, "data_offsets", 2);
                    break;
                default:
                    throw Wrong(name, "dtype, shape and data_offsets, once each", property);
            }
        }

        if (dtype is null || shape is null || offsets is not { Length: 2 })
        {
            throw Wrong(name, "dtype, shape and two data_offsets", dtype is null ? "no dtype" : shape is null ? "no shape" : offsets is null ? "no data_offsets" : $"{offsets.Length} data_offsets");
        }

        long bytes = Bytes(name, dtype, shape);
        if (offsets[1] < offsets[0] || offsets[1] - offsets[0] != bytes || offsets[1] > _file.Length - _data)
        {
            throw Wrong(name, $"data_offsets {bytes} bytes apart inside the {_file.Length - _data} bytes of data", $"[{offsets[0]}, {offsets[1]}]");
        }

        return new SafetensorsEntry(_file, name, dtype, shape, _data + offsets[0], bytes);
    }

    long[] Numbers(ref Utf8JsonReader reader, string name, string property, int limit)
    {
        Expect(ref reader, JsonTokenType.StartArray, name, $"an array as {property}");
        List<long> numbers = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (numbers.Count == limit)
            {
                throw Wrong(name, $"at most {limit} numbers as {property}", "more");
            }

            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long number) || number < 0)
            {
                throw Wrong(name, $"integers of at least 0 as {property}", reader.TokenType == JsonTokenType.Number ? System.Text.Encoding.UTF8.GetString(reader.ValueSpan) : reader.TokenType.ToString());
            }

            numbers.Add(number);
        }

        return [.. numbers];
    }

    long Bytes(string name, string dtype, long[] shape)
    {
        int size = dtype switch
        {
            "BOOL" or "U8" or "I8" or "F8_E4M3" or "F8_E5M2" or "F8_E8M0" => 1,
            "U16" or "I16" or "F16" or "BF16" => 2,
            "U32" or "I32" or "F32" => 4,
            "U64" or "I64" or "F64" => 8,
            _ => throw Wrong(name, "a dtype of safetensors", dtype),
        };
        UInt128 bytes = (UInt128)size;
        foreach (long extent in shape)
        {
            bytes = extent == 0 || bytes < (UInt128)long.MaxValue ? bytes * (ulong)extent : bytes;
        }

        return bytes <= (UInt128)long.MaxValue ? (long)bytes : throw Wrong(name, "fewer than 2^63 bytes", $"[{string.Join(", ", shape)}] {dtype}");
    }

    void CheckCover()
    {
        _entries.Sort(static (left, right) => left.Offset != right.Offset ? left.Offset.CompareTo(right.Offset) : left.Bytes.CompareTo(right.Bytes));
        long end = _data;
        foreach (SafetensorsEntry entry in _entries)
        {
            if (entry.Offset != end)
            {
                throw entry.Wrong($"bytes from {end} on, without hole or overlap", $"bytes from {entry.Offset} on");
            }

            end += entry.Bytes;
        }

        if (end != _file.Length)
        {
            throw new ModelFormatException(_file.Path, "file", end, "the end of the file behind the last tensor", $"{_file.Length - end} bytes more");
        }
    }

    void Expect(ref Utf8JsonReader reader, JsonTokenType type, string name, string expected)
    {
        reader.Read();
        if (reader.TokenType != type)
        {
            throw Wrong(name, expected, reader.TokenType.ToString());
        }
    }

    ModelFormatException Wrong(string name, string expected, string found) => new(_file.Path, name, -1, expected, found);
}
