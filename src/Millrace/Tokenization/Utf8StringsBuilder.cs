using Millrace.Formats;

namespace Millrace.Tokenization;

/// <summary>Builds <see cref="Utf8Strings"/> one after the other.</summary>
sealed class Utf8StringsBuilder(int count, int bytes)
{
    readonly List<int> _ends = new(count);
    byte[] _bytes = new byte[bytes];
    int _length;

    /// <summary>How many strings there are.</summary>
    public int Count => _ends.Count;

    /// <summary>Room for the next string, of which <see cref="Commit"/> says how much it took.</summary>
    public Span<byte> Room(int length)
    {
        if (_bytes.Length - _length < length)
        {
            Array.Resize(ref _bytes, checked(Math.Max(_bytes.Length * 2, _length + length)));
        }

        return _bytes.AsSpan(_length, length);
    }

    /// <summary>Ends a string whose bytes were written into <see cref="Room"/>.</summary>
    public void Commit(int length)
    {
        _length += length;
        _ends.Add(_length);
    }

    /// <summary>Appends a string.</summary>
    public void Add(ReadOnlySpan<byte> text)
    {
        text.CopyTo(Room(text.Length));
        Commit(text.Length);
    }

    /// <summary>The strings; the builder is spent.</summary>
    public Utf8Strings Build()
    {
        Array.Resize(ref _bytes, _length);
        return new Utf8Strings(_bytes, [.. _ends]);
    }
}
