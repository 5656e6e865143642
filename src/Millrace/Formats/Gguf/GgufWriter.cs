using System.Runtime.InteropServices;
using System.Text;

namespace Millrace.Formats.Gguf;

/// <summary>Writes a GGUF file: add the keys and the tensors, then write. The weights are asked for one tensor at a time, when their turn comes.</summary>
/// <param name="version">2 or 3; the layouts are the same.</param>
public sealed class GgufWriter(int version = 3)
{
    /// <summary>Writes all the bytes of a tensor, in GGUF's block layout, to a stream.</summary>
    public delegate void WeightSource(Stream destination);

    readonly record struct Entry(string Name, WeightType Type, long[] Shape, long Bytes, WeightSource Source);

    readonly List<(string Key, object Value)> _pairs = [];
    readonly List<Entry> _tensors = [];
    readonly HashSet<string> _names = [];

    /// <summary>What the weights of each tensor are aligned to, in bytes; written as <c>general.alignment</c> where it is not 32.</summary>
    public int Alignment { get; init; } = 32;

    /// <summary>Adds a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">As <see cref="Metadata"/> holds it: a boolean, a number, a string, an array of those, or <see cref="Utf8Strings"/>.</param>
    /// <exception cref="ArgumentException">The key is there, or GGUF has no such type.</exception>
    public void Add(string key, object value)
    {
        _ = TypeOf(value is Array array ? array.GetType().GetElementType()! : value.GetType());
        if (!_names.Add("key " + key))
        {
            throw new ArgumentException($"the key {key} is there already", nameof(key));
        }

        _pairs.Add((key, value));
    }

    /// <summary>Adds a tensor.</summary>
    /// <param name="name">The name.</param>
    /// <param name="type">The type.</param>
    /// <param name="shape">Extents, innermost first: 1 to 4.</param>
    /// <param name="source">Writes the weights.</param>
    /// <exception cref="ArgumentException">The name is there, or rows of this length are not whole blocks.</exception>
    public void Add(string name, WeightType type, long[] shape, WeightSource source)
    {
        if (shape.Length is 0 or > 4 || shape.Any(static extent => extent < 1) || !_names.Add("tensor " + name))
        {
            throw new ArgumentException($"the tensor {name} is there already, or has not 1 to 4 extents of at least 1", nameof(name));
        }

        long bytes = shape.Skip(1).Aggregate(type.RowBytes(shape[0]), static (product, extent) => checked(product * extent));
        _tensors.Add(new Entry(name, type, shape, bytes, source));
    }

    /// <summary>Writes the file.</summary>
    /// <exception cref="InvalidOperationException">A source wrote more or fewer bytes than its tensor has.</exception>
    public void Write(Stream destination)
    {
        MemoryStream header = new();
        WriteHeader(header);
        Pad(header, header.Length);
        header.WriteTo(destination);
        foreach (Entry tensor in _tensors)
        {
            CountingStream counted = new(destination);
            tensor.Source(counted);
            if (counted.Written != tensor.Bytes)
            {
                throw new InvalidOperationException($"{tensor.Name}: {counted.Written} bytes were written, {tensor.Bytes} are due");
            }

            Pad(destination, tensor.Bytes);
        }
    }

    /// <summary>Writes the file at a path.</summary>
    public void Write(string path)
    {
        using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        Write(file);
    }

    void WriteHeader(MemoryStream header)
    {
        bool aligned = Alignment != 32 && !_names.Contains("key general.alignment");
        header.Write("GGUF"u8);
        Number(header, (uint)version);
        Number(header, (ulong)_tensors.Count);
        Number(header, (ulong)(_pairs.Count + (aligned ? 1 : 0)));
        if (aligned)
        {
            Pair(header, "general.alignment", (uint)Alignment);
        }

        foreach ((string key, object value) in _pairs)
        {
            Pair(header, key, value);
        }

        ulong offset = 0;
        foreach (Entry tensor in _tensors)
        {
            Text(header, tensor.Name);
            Number(header, (uint)tensor.Shape.Length);
            foreach (long extent in tensor.Shape)
            {
                Number(header, (ulong)extent);
            }

            Number(header, (uint)tensor.Type);
            Number(header, offset);
            offset += (ulong)(tensor.Bytes + Missing(tensor.Bytes));
        }
    }

    static void Pair(MemoryStream header, string key, object value)
    {
        Text(header, key);
        switch (value)
        {
            case Utf8Strings strings:
                Number(header, 9u);
                Number(header, 8u);
                Number(header, (ulong)strings.Count);
                for (int i = 0; i < strings.Count; i++)
                {
                    Number(header, (ulong)strings[i].Length);
                    header.Write(strings[i]);
                }

                break;
            case Array array:
                Number(header, 9u);
                Number(header, TypeOf(array.GetType().GetElementType()!));
                Number(header, (ulong)array.Length);
                foreach (object item in array)
                {
                    Item(header, item);
                }

                break;
            default:
                Number(header, TypeOf(value.GetType()));
                Item(header, value);
                break;
        }
    }

    static void Item(MemoryStream header, object value)
    {
        switch (value)
        {
            case string text: Text(header, text); break;
            case bool flag: header.WriteByte(flag ? (byte)1 : (byte)0); break;
            case byte number: Number(header, number); break;
            case sbyte number: Number(header, number); break;
            case ushort number: Number(header, number); break;
            case short number: Number(header, number); break;
            case uint number: Number(header, number); break;
            case int number: Number(header, number); break;
            case ulong number: Number(header, number); break;
            case long number: Number(header, number); break;
            case float number: Number(header, number); break;
            case double number: Number(header, number); break;
        }
    }

    static uint TypeOf(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.Byte => 0,
        TypeCode.SByte => 1,
        TypeCode.UInt16 => 2,
        TypeCode.Int16 => 3,
        TypeCode.UInt32 => 4,
        TypeCode.Int32 => 5,
        TypeCode.Single => 6,
        TypeCode.Boolean => 7,
        TypeCode.String => 8,
        TypeCode.UInt64 => 10,
        TypeCode.Int64 => 11,
        TypeCode.Double => 12,
        _ when type == typeof(Utf8Strings) => 9,
        _ => throw new ArgumentException($"GGUF has no type for {type.Name}", nameof(type)),
    };

    static void Number<T>(MemoryStream header, T value) where T : unmanaged => header.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));

    static void Text(MemoryStream header, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Number(header, (ulong)bytes.Length);
        header.Write(bytes);
    }

    int Missing(long bytes) => (int)((Alignment - bytes % Alignment) % Alignment);

    void Pad(Stream destination, long bytes) => destination.Write(new byte[Missing(bytes)]);

    sealed class CountingStream(Stream inner) : Stream
    {
        public long Written { get; private set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            inner.Write(buffer);
            Written += buffer.Length;
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
