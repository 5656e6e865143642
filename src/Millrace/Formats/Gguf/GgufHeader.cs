using System.Numerics;

namespace Millrace.Formats.Gguf;

/// <summary>What stands before the weights of one GGUF file, versions 2 and 3 (which have the same layout).</summary>
/// <remarks>Source: the GGUF specification (ggml's docs/gguf.md). Every count is checked against a limit and against the bytes left; time and memory are linear in the size of the header.</remarks>
sealed class GgufHeader
{
    /// <summary>Most bytes of a key (the specification's limit).</summary>
    public const int MaxKeyBytes = 65535;

    /// <summary>Most bytes of a tensor's name (the specification allows 64, forks of ggml more).</summary>
    public const int MaxNameBytes = 255;

    /// <summary>Most bytes of one string.</summary>
    public const int MaxStringBytes = 64 << 20;

    /// <summary>Most elements of an array.</summary>
    public const int MaxArrayLength = 64 << 20;

    /// <summary>Most bytes of the strings of an array.</summary>
    public const int MaxArrayBytes = 1 << 30;

    /// <summary>Most bytes that tensors may be aligned to.</summary>
    public const int MaxAlignment = 1 << 20;

    const uint Magic = 0x46554747; // "GGUF"

    readonly SourceFile _file;
    readonly GgufReader _reader;
    int _keys;

    GgufHeader(SourceFile file)
    {
        _file = file;
        _reader = new GgufReader(file);
    }

    /// <summary>The key-value pairs.</summary>
    public Metadata Metadata { get; private set; } = null!;

    /// <summary>The tensors, in file order.</summary>
    public List<GgufTensor> Tensors { get; } = [];

    /// <summary>Reads and checks the header of a file.</summary>
    public static GgufHeader Read(SourceFile file)
    {
        GgufHeader header = new(file);
        int tensors = header.ReadStart();
        header.Metadata = new Metadata(file.Path, header.ReadPairs());
        header.ReadTensors(tensors, header.Alignment());
        return header;
    }

    int ReadStart()
    {
        uint magic = _reader.Number<uint>("magic");
        if (magic != Magic)
        {
            throw _reader.Wrong("magic", 0, "the letters GGUF", $"0x{magic:x8}");
        }

        uint version = _reader.Number<uint>("version");
        if (version is not (2 or 3))
        {
            throw _reader.Wrong("version", 4, "2 or 3", (version & 0xffff) == 0 && version != 0
                ? $"0x{version:x8}: a big-endian file"
                : $"{version}");
        }

        // A tensor takes at least a name of 1 byte, one extent, type and offset; a pair a key of 1 byte, a type and a byte.
        int tensors = _reader.Count("tensor count", "tensors", 8 + 1 + 4 + 8 + 4 + 8, int.MaxValue);
        _keys = _reader.Count("key count", "keys", 8 + 1 + 4 + 1, int.MaxValue);
        return tensors;
    }

    IEnumerable<KeyValuePair<string, object>> ReadPairs()
    {
        for (int i = 0; i < _keys; i++)
        {
            string key = _reader.Name("key", MaxKeyBytes);
            yield return new(key, Value(key));
        }
    }

    object Value(string key)
    {
        long offset = _reader.Position;
        uint type = _reader.Number<uint>(key);
        return type switch
        {
            0 => _reader.Number<byte>(key),
            1 => _reader.Number<sbyte>(key),
            2 => _reader.Number<ushort>(key),
            3 => _reader.Number<short>(key),
            4 => _reader.Number<uint>(key),
            5 => _reader.Number<int>(key),
            6 => _reader.Number<float>(key),
            7 => _reader.Bool(key),
            8 => _reader.String(key),
            9 => Array(key),
            10 => _reader.Number<ulong>(key),
            11 => _reader.Number<long>(key),
            12 => _reader.Number<double>(key),
            _ => throw _reader.Wrong(key, offset, "a value type from 0 to 12", $"{type}"),
        };
    }

    object Array(string key)
    {
        long offset = _reader.Position;
        uint type = _reader.Number<uint>(key);
        return type switch
        {
            0 => Numbers<byte>(key, 1),
            1 => Numbers<sbyte>(key, 1),
            2 => Numbers<ushort>(key, 2),
            3 => Numbers<short>(key, 2),
            4 => Numbers<uint>(key, 4),
            5 => Numbers<int>(key, 4),
            6 => Numbers<float>(key, 4),
            7 => Bools(key),
            8 => _reader.Strings(key, _reader.Count(key, "strings", 8, MaxArrayLength)),
            9 => throw _reader.Wrong(key, offset, "an array of plain values", "an array of arrays"),
            10 => Numbers<ulong>(key, 8),
            11 => Numbers<long>(key, 8),
            12 => Numbers<double>(key, 8),
            _ => throw _reader.Wrong(key, offset, "an element type from 0 to 12", $"{type}"),
        };
    }

    T[] Numbers<T>(string key, int size) where T : unmanaged, INumber<T> => _reader.Numbers<T>(key, _reader.Count(key, "elements", size, MaxArrayLength));

    bool[] Bools(string key)
    {
        bool[] values = new bool[_reader.Count(key, "elements", 1, MaxArrayLength)];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = _reader.Bool(key);
        }

        return values;
    }

    int Alignment()
    {
        const string Key = "general.alignment";
        return Metadata[Key] switch
        {
            null => 32,
            uint alignment when BitOperations.IsPow2(alignment) && alignment <= MaxAlignment => (int)alignment,
            uint alignment => throw _reader.Wrong(Key, -1, $"a power of two up to {MaxAlignment}", $"{alignment}"),
            object other => throw _reader.Wrong(Key, -1, "a 32-bit unsigned integer", other.GetType().Name),
        };
    }

    void ReadTensors(int count, int alignment)
    {
        List<GgufTensorInfo> infos = [];
        HashSet<string> names = [];
        for (int i = 0; i < count; i++)
        {
            GgufTensorInfo info = GgufTensorInfo.Read(_reader, alignment);
            if (!names.Add(info.Name))
            {
                throw _reader.Wrong(info.Name, -1, "each tensor once", "it twice");
            }

            infos.Add(info);
        }

        long data = (_reader.Position + alignment - 1) / alignment * alignment;
        foreach (GgufTensorInfo info in infos)
        {
            // The sum cannot wrap: both parts are below 2^60.
            if (data + info.Offset + info.Bytes > _file.Length)
            {
                throw _reader.Wrong(info.Name, data + info.Offset, $"{info.Bytes} bytes inside the file", $"a file of {_file.Length}");
            }

            Tensors.Add(new GgufTensor(_file, info, data + info.Offset));
        }

        RefuseOverlap();
    }

    void RefuseOverlap()
    {
        GgufTensor[] sorted = [.. Tensors.OrderBy(tensor => tensor.Offset)];
        for (int i = 1; i < sorted.Length; i++)
        {
            GgufTensor before = sorted[i - 1];
            if (before.Offset + before.ByteLength > sorted[i].Offset)
            {
                throw _reader.Wrong(sorted[i].Name, sorted[i].Offset, $"weights behind those of {before.Name}, which end at {before.Offset + before.ByteLength}", "an overlap");
            }
        }
    }
}
