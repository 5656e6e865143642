namespace Millrace.Tokenization.Text;

/// <summary>UTF-8 that grows, up to a limit. The memory is kept when it is cleared.</summary>
sealed class Utf8Buffer(int capacity = 256)
{
    byte[] _bytes = new byte[capacity];

    /// <summary>How many bytes there may be.</summary>
    public int Limit { get; set; } = Array.MaxLength;

    /// <summary>The number of bytes.</summary>
    public int Length { get; private set; }

    /// <summary>The bytes, valid until the next change.</summary>
    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, Length);

    /// <summary>Forgets the bytes.</summary>
    public void Clear() => Length = 0;

    /// <summary>Appends bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(Length));
        Length += bytes.Length;
    }

    /// <summary>Appends a code point.</summary>
    public void Append(int codePoint)
    {
        Reserve(4);
        Length += Utf8.Encode(codePoint, _bytes.AsSpan(Length));
    }

    void Reserve(int more)
    {
        if (Limit - Length < more)
        {
            throw new InvalidDataException($"a text of more than {Limit} bytes");
        }

        if (_bytes.Length - Length < more)
        {
            Array.Resize(ref _bytes, (int)Math.Min(Math.Max(2L * _bytes.Length, Length + more), Array.MaxLength));
        }
    }
}
