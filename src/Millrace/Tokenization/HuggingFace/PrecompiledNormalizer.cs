using System.Globalization;
using System.Text;
using Millrace.Tokenization.Text;

namespace Millrace.Tokenization.HuggingFace;

/// <summary>SentencePiece's table of replacements: a double-array trie of what is replaced, and the replacements, each ended by a zero.</summary>
/// <remarks>Source: SentencePiece's normalizer.cc and Darts-clone; the order of attempts is that of Hugging Face's tokenizers: a short grapheme first, else each of its characters.</remarks>
sealed class PrecompiledNormalizer : TextNormalizer
{
    const int ShortGrapheme = 6;

    readonly ReplacementTable _table;

    PrecompiledNormalizer(ReplacementTable table) => _table = table;

    /// <summary>Reads the table, which is in base64.</summary>
    public static PrecompiledNormalizer Read(JsonValue value)
    {
        byte[] table = new byte[value.Text().Length];
        if (!Convert.TryFromBase64String(value.Text(), table, out int length))
        {
            throw value.Wrong("a table in base64");
        }

        return new(ReplacementTable.Read(table.AsSpan(0, length)) ?? throw value.Wrong($"a table whose trie fits in {length} bytes"));
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
        bool found = _table.Match(text, longest: false, out ReadOnlySpan<byte> replacement) > 0;
        output.Append(replacement);
        return found;
    }

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
