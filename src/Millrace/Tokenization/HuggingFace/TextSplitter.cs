using Millrace.Tokenization.Text;

namespace Millrace.Tokenization.HuggingFace;

/// <summary>Cuts a text into words ("pre-tokenizer"). What each kind does is defined by the pre-tokenizers of Hugging Face's tokenizers. Safe for use by several threads.</summary>
abstract class TextSplitter
{
    /// <summary>Appends the words of a text that is not empty.</summary>
    /// <param name="text">The text, well-formed UTF-8.</param>
    /// <param name="atStart">Whether it begins with the first character of the original.</param>
    /// <param name="output">Receives the words.</param>
    public abstract void Split(ReadOnlySpan<byte> text, bool atStart, TextPieces output);
}

/// <summary>Splits at the matches of a pattern, or at what lies between them.</summary>
sealed class PatternSplitter(Pattern pattern, SplitBehavior behavior, bool invert = false) : TextSplitter
{
    public override void Split(ReadOnlySpan<byte> text, bool atStart, TextPieces output)
    {
        if (behavior is SplitBehavior.MergedWithNext)
        {
            MergeWithNext(text, atStart, output);
            return;
        }

        int start = 0;
        int end = 0;
        bool before = false;
        foreach (PatternPiece piece in pattern.Split(text))
        {
            bool match = piece.IsMatch != invert;
            bool joins = behavior switch
            {
                SplitBehavior.Contiguous => match == before,
                SplitBehavior.MergedWithPrevious => match && !before,
                _ => false,
            };
            if (!joins)
            {
                output.Add(text[start..end], atStart && start == 0);
                start = piece.Start;
            }

            end = piece.Start + piece.Length;
            if (match && behavior == SplitBehavior.Removed)
            {
                start = end;
            }

            before = match;
        }

        output.Add(text[start..end], atStart && start == 0);
    }

    /// <summary>A match joins what follows unless that is a match which joined already: decided from the end, as the definition does.</summary>
    void MergeWithNext(ReadOnlySpan<byte> text, bool atStart, TextPieces output)
    {
        List<(int Start, bool Match)> pieces = [];
        foreach (PatternPiece piece in pattern.Split(text))
        {
            pieces.Add((piece.Start, piece.IsMatch != invert));
        }

        List<int> starts = [];
        bool after = false;
        for (int i = pieces.Count - 1; i >= 0; i--)
        {
            (int start, bool match) = pieces[i];
            if (match && !after && starts.Count > 0)
            {
                starts[^1] = start;
            }
            else
            {
                starts.Add(start);
            }

            after = match;
        }

        for (int i = starts.Count - 1; i >= 0; i--)
        {
            output.Add(text[starts[i]..(i > 0 ? starts[i - 1] : text.Length)], atStart && starts[i] == 0);
        }
    }
}

/// <summary>Splits into words as GPT-2 does where asked, and spells each byte by its character of <see cref="ByteAlphabet"/>.</summary>
sealed class ByteLevelSplitter(bool addPrefixSpace, bool split) : TextSplitter
{
    static readonly Pattern Words = Pattern.Compile(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+");

    public override void Split(ReadOnlySpan<byte> text, bool atStart, TextPieces output)
    {
        if (addPrefixSpace && text[0] != ' ')
        {
            byte[] prefixed = new byte[text.Length + 1];
            prefixed[0] = (byte)' ';
            text.CopyTo(prefixed.AsSpan(1));
            text = prefixed;
        }

        Utf8Buffer spelling = new();
        if (!split)
        {
            ByteAlphabet.Encode(text, spelling);
            output.Add(spelling.Span, atStart);
            return;
        }

        foreach (PatternPiece piece in Words.Split(text))
        {
            spelling.Clear();
            ByteAlphabet.Encode(text.Slice(piece.Start, piece.Length), spelling);
            output.Add(spelling.Span, atStart && piece.Start == 0);
        }
    }
}

/// <summary>When a mark is put before the text.</summary>
enum PrependScheme
{
    /// <summary>Before the first piece of a text.</summary>
    First,

    /// <summary>Never.</summary>
    Never,

    /// <summary>Before each piece between special tokens.</summary>
    Always,
}

/// <summary>Makes each space a mark, and each mark the beginning of a word.</summary>
sealed class MetaspaceSplitter(int mark, PrependScheme scheme, bool split) : TextSplitter
{
    readonly PatternSplitter _words = new(Pattern.Literal(char.ConvertFromUtf32(mark)), SplitBehavior.MergedWithNext);

    public override void Split(ReadOnlySpan<byte> text, bool atStart, TextPieces output)
    {
        Utf8Buffer marked = new(text.Length + 64);
        Utf8.Decode(text, 0, out int first);
        bool prepend = scheme == PrependScheme.Always || (scheme == PrependScheme.First && atStart);
        if (prepend && first != mark && first != ' ')
        {
            marked.Append(mark);
        }

        while (text.IndexOf((byte)' ') is >= 0 and int space)
        {
            marked.Append(text[..space]);
            marked.Append(mark);
            text = text[(space + 1)..];
        }

        marked.Append(text);
        if (split)
        {
            _words.Split(marked.Span, atStart, output);
        }
        else
        {
            output.Add(marked.Span, atStart);
        }
    }
}

/// <summary>Cuts after every so many characters.</summary>
sealed class FixedLengthSplitter(int length) : TextSplitter
{
    public override void Split(ReadOnlySpan<byte> text, bool atStart, TextPieces output)
    {
        for (int start = 0; start < text.Length;)
        {
            int end = start;
            for (int i = 0; i < length && end < text.Length; i++)
            {
                end += Utf8.Decode(text, end, out _);
            }

            output.Add(text[start..end], atStart && start == 0);
            start = end;
        }
    }
}
