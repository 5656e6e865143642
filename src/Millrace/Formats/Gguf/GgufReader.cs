using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Millrace.Formats.Gguf;

/// <summary>Reads the values of a GGUF header in order through one buffer. Nothing is allocated before the file is known to have the bytes for it.</summary>
sealed class GgufReader(SourceFile file)
{
    static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    readonly byte[] _buffer = new byte[64 * 1024];
    long _bufferStart;
    int _next;
    int _filled;

    /// <summary>Where the next value stands.</summary>
    public long Position => _bufferStart + _next;

    /// <summary>Bytes from there to the end of the file.</summary>
    public long Remaining => file.Length - Position;

    /// <summary>The exception for what stands at a place.</summary>
    public ModelFormatException Wrong(string subject, long offset, string expected, string found) => new(file.Path, subject, offset, expected, found);

    /// <summary>Reads one number.</summary>
    public T Number<T>(string subject) where T : unmanaged
    {
        int size = Unsafe.SizeOf<T>();
        if (_filled - _next < size)
        {
            Need(size, subject);
            Fill(subject);
        }

        T value = MemoryMarshal.Read<T>(_buffer.AsSpan(_next));
        _next += size;
        return value;
    }

    /// <summary>Reads a boolean, which must be 0 or 1.</summary>
    public bool Bool(string subject)
    {
        long offset = Position;
        byte value = Number<byte>(subject);
        return value <= 1 ? value == 1 : throw Wrong(subject, offset, "a boolean of 0 or 1", $"{value}");
    }

    /// <summary>Reads a count whose items take at least so many bytes each.</summary>
    public int Count(string subject, string items, int itemBytes, long limit)
    {
        long offset = Position;
        ulong count = Number<ulong>(subject);
        if (count > (ulong)limit)
        {
            throw Wrong(subject, offset, $"at most {limit} {items}", $"{count}");
        }

        if (count > (ulong)(Remaining / itemBytes))
        {
            throw Wrong(subject, offset, $"{items} that fit the {Remaining} bytes left", $"{count} of at least {itemBytes} bytes each");
        }

        return (int)count;
    }

    /// <summary>Reads an array of numbers.</summary>
    public T[] Numbers<T>(string subject, int count) where T : unmanaged, INumber<T>
    {
        T[] values = new T[count];
        Bytes(MemoryMarshal.AsBytes(values.AsSpan()), subject);
        return values;
    }

    /// <summary>Reads a key or a name: valid UTF-8, not empty.</summary>
    public string Name(string subject, int limit)
    {
        long offset = Position;
        int length = Count(subject, "bytes in it", 1, limit);
        if (length == 0)
        {
            throw Wrong(subject, offset, "at least 1 byte in it", "0");
        }

        try
        {
            return Text(subject, length, Strict);
        }
        catch (DecoderFallbackException)
        {
            throw Wrong(subject, offset, "UTF-8 text", "other bytes");
        }
    }

    /// <summary>Reads a string; malformed bytes become U+FFFD.</summary>
    public string String(string subject) => Text(subject, Count(subject, "bytes in a string", 1, GgufHeader.MaxStringBytes), Encoding.UTF8);

    /// <summary>Reads strings into one buffer.</summary>
    public Utf8Strings Strings(string subject, int count)
    {
        int[] ends = new int[count];
        byte[] bytes = new byte[Math.Min(Remaining - 8L * count, 16L * count)];
        int used = 0;
        for (int i = 0; i < count; i++)
        {
            long offset = Position;
            int length = Count(subject, "bytes in a string", 1, GgufHeader.MaxStringBytes);
            if (length > GgufHeader.MaxArrayBytes - used)
            {
                throw Wrong(subject, offset, $"at most {GgufHeader.MaxArrayBytes} bytes of strings", "more");
            }

            if (used + length > bytes.Length)
            {
                Array.Resize(ref bytes, (int)Math.Min(Math.Max(2L * bytes.Length, used + length), Math.Min(used + Remaining, GgufHeader.MaxArrayBytes)));
            }

            Bytes(bytes.AsSpan(used, length), subject);
            ends[i] = used += length;
        }

        Array.Resize(ref bytes, used);
        return new Utf8Strings(bytes, ends);
    }

    string Text(string subject, int length, Encoding encoding)
    {
        if (length > _filled - _next && length <= _buffer.Length)
        {
            Fill(subject);
        }

        if (length <= _filled - _next)
        {
            string text = encoding.GetString(_buffer, _next, length);
            _next += length;
            return text;
        }

        byte[] bytes = new byte[length];
        Bytes(bytes, subject);
        return encoding.GetString(bytes);
    }

    void Bytes(Span<byte> destination, string subject)
    {
        Need(destination.Length, subject);
        int buffered = Math.Min(destination.Length, _filled - _next);
        _buffer.AsSpan(_next, buffered).CopyTo(destination);
        _next += buffered;
        if (buffered < destination.Length)
        {
            file.Read(Position, destination[buffered..], subject);
            _bufferStart = Position + destination.Length - buffered;
            _next = _filled = 0;
        }
    }

    void Need(long count, string subject)
    {
        if (count > Remaining)
        {
            throw Wrong(subject, Position, $"{count} bytes", $"the end of the file after {Remaining}");
        }
    }

    // Moves the next value to the front of the buffer and reads on behind it.
    void Fill(string subject)
    {
        int kept = _filled - _next;
        _buffer.AsSpan(_next, kept).CopyTo(_buffer);
        _bufferStart += _next;
        _next = 0;
        _filled = kept;
        int wanted = (int)Math.Min(_buffer.Length - kept, file.Length - _bufferStart - kept);
        file.Read(_bufferStart + kept, _buffer.AsSpan(kept, wanted), subject);
        _filled += wanted;
    }
}
