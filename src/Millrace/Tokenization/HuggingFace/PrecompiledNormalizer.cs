using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Millrace.Tokenization.Text;

namespace Millrace.Tokenization.HuggingFace;

/// <summary>SentencePiece's table of replacements: a double-array trie of what is replaced, and the replacements, each ended by a zero.</summary>
/// <remarks>Source: SentencePiece's normalizer.cc and Darts-clone; the order of attempts is that of Hugging Face's tokenizers: a short grapheme first, else each of its characters.</remarks>
sealed class PrecompiledNormalizer : TextNormalizer
{
    const int ShortGrapheme = 6;

    readonly uint[] _trie;
    readonly byte[] _replacements;

    PrecompiledNormalizer(uint[] trie, byte[] replacements)
    {
        _trie = trie;
        _replacements = replacements;
    }

    /// <summary>Reads the table: its size in bytes, the trie, the replacements; all in base64.</summary>
    public static PrecompiledNormalizer Read(JsonValue value)
    {
        byte[] table = new byte[value.Text().Length];
        if (!Convert.TryFromBase64String(value.Text(), table, out int length) || length < 4)
        {
            throw value.Wrong("a table in base64");
        }

        uint size = BinaryPrimitives.ReadUInt32LittleEndian(table);
        if (size > length - 4 || size % 4 != 0 || size == 0)
        {
            throw value.Wrong($"a table whose trie fits in {length} bytes");
        }

        uint[] trie = new uint[size / 4];
        for (int i = 0; i < trie.Length; i++)
        {
            trie[i] = BinaryPrimitives.ReadUInt32LittleEndian(table.AsSpan(4 + 4 * i));
        }

        return new(trie, table[(4 + (int)size)..length]);
    }

    public override void Normalize(ReadOnlySpan<byte> text, Utf8Buffer output, ref bool atStart)
    {
        int before = output.Length;
        for (int at = 0; at < text.Length;)
        {
            int length = GraphemeLength(text[at..]);
            ReadOnlySpan<byte> grapheme = text.Slice(at, length);
            bool first = at == 0;
            at += length;
            if (length >= ShortGrapheme || !TryReplace(grapheme, output))
            {
                ReplaceEach(grapheme, output);
            }

            atStart &= !first || output.Length > before;
        }
    }

    void ReplaceEach(ReadOnlySpan<byte> grapheme, Utf8Buffer output)
    {
        for (int at = 0; at < grapheme.Length;)
        {
            int length = Utf8.Decode(grapheme, at, out _);
            ReadOnlySpan<byte> character = grapheme.Slice(at, length);
            if (!TryReplace(character, output))
            {
                output.Append(character);
            }

            at += length;
        }
    }

    /// <summary>Appends the replacement of the shortest beginning of a text that has one.</summary>
    bool TryReplace(ReadOnlySpan<byte> text, Utf8Buffer output)
    {
        uint node = Offset(_trie[0]);
        foreach (byte value in text)
        {
            node ^= value;
            if (value == 0 || node >= (uint)_trie.Length || (_trie[node] & 0x8000_00FF) != value)
            {
                return false;
            }

            uint unit = _trie[node];
            node ^= Offset(unit);
            if ((unit >> 8 & 1) != 0)
            {
                return TryAppend(node, output);
            }
        }

        return false;
    }

    bool TryAppend(uint node, Utf8Buffer output)
    {
        uint start = node < (uint)_trie.Length ? _trie[node] & 0x7FFF_FFFF : uint.MaxValue;
        if (start >= (uint)_replacements.Length)
        {
            return false;
        }

        ReadOnlySpan<byte> replacement = _replacements.AsSpan((int)start);
        int end = replacement.IndexOf((byte)0);
        output.Append(end < 0 ? replacement : replacement[..end]);
        return true;
    }

    static uint Offset(uint unit) => unit >> 10 << (int)((unit & 1 << 9) >> 6);

    /// <summary>The bytes of the first extended grapheme cluster.</summary>
    static int GraphemeLength(ReadOnlySpan<byte> text)
    {
        // Two ASCII characters are two clusters, but for CR LF.
        if (text.Length == 1 || (text[0] < 0x80 && text[1] < 0x80 && text[0] != '\r'))
        {
            return 1;
        }

        for (int window = 64; ; window *= 4)
        {
            int length = Math.Min(window, text.Length);
            while (length < text.Length && (text[length] & 0xC0) == 0x80)
            {
                length--;
            }

            string characters = Encoding.UTF8.GetString(text[..length]);
            int units = StringInfo.GetNextTextElementLength(characters);
            if (units < characters.Length || length == text.Length)
            {
                return Encoding.UTF8.GetByteCount(characters.AsSpan(0, units));
            }
        }
    }
}
