using System.Text;
using Millrace.Tokenization.Text;

namespace Millrace.Tokenization.HuggingFace;

/// <summary>Changes a text before it is cut into words. What each kind does is defined by the normalizers of Hugging Face's tokenizers. Safe for use by several threads.</summary>
abstract class TextNormalizer
{
    /// <summary>Appends the normalized text.</summary>
    /// <param name="text">The text, well-formed UTF-8.</param>
    /// <param name="output">Receives it.</param>
    /// <param name="atStart">Whether the text begins with the first character of the original; cleared where that is dropped.</param>
    public abstract void Normalize(ReadOnlySpan<byte> text, Utf8Buffer output, ref bool atStart);
}

/// <summary>One of the four normal forms.</summary>
sealed class FormNormalizer(NormalForm form) : TextNormalizer
{
    readonly NormalFormWriter _writer = NormalFormWriter.Of(form);

    public override void Normalize(ReadOnlySpan<byte> text, Utf8Buffer output, ref bool atStart) => _writer.Write(text, output);
}

/// <summary>Puts a text before every text that is not empty.</summary>
sealed class PrependNormalizer(string content) : TextNormalizer
{
    readonly byte[] _content = Encoding.UTF8.GetBytes(content);

    public override void Normalize(ReadOnlySpan<byte> text, Utf8Buffer output, ref bool atStart)
    {
        if (text.Length > 0)
        {
            output.Append(_content);
            output.Append(text);
        }
    }
}

/// <summary>Drops whitespace from the ends.</summary>
sealed class StripNormalizer(bool left, bool right) : TextNormalizer
{
    static readonly CharacterClass Space = new(UnicodeSets.Space);

    public override void Normalize(ReadOnlySpan<byte> text, Utf8Buffer output, ref bool atStart)
    {
        int start = 0;
        while (left && Space.Match(text, start) is > 0 and int length)
        {
            start += length;
            atStart = false;
        }

        int end = text.Length;
        while (right && end > start && Utf8.LengthBefore(text, end) is var length && Space.Match(text, end - length) > 0)
        {
            end -= length;
        }

        output.Append(text[start..end]);
    }
}

/// <summary>Replaces every match of a pattern.</summary>
sealed class ReplaceNormalizer(Pattern pattern, string content) : TextNormalizer
{
    readonly byte[] _content = Encoding.UTF8.GetBytes(content);

    public override void Normalize(ReadOnlySpan<byte> text, Utf8Buffer output, ref bool atStart)
    {
        if (text.Length == 0)
        {
            return;
        }

        foreach (PatternPiece piece in pattern.Split(text))
        {
            output.Append(piece.IsMatch ? _content : text.Slice(piece.Start, piece.Length));
            if (piece is { IsMatch: true, Start: 0, Length: > 0 } && (_content.Length == 0 || Utf8.Decode(text, 0, out _) < piece.Length))
            {
                // The replacement takes the place of the last character it replaces.
                atStart = false;
            }
        }
    }
}
