using Millrace.Formats;

namespace Millrace.Tokenization;

/// <summary>A part of a text: a special token found in it, or text without one.</summary>
/// <param name="Start">Where it begins, in bytes.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Token">The token, or -1 for text.</param>
readonly record struct TextPart(int Start, int Length, int Token);

/// <summary>Splits a text at the names of special tokens: longer names first, wherever they stand; each at its leftmost occurrences.</summary>
/// <remarks>Source: llama.cpp's <c>tokenizer_st_partition</c>. Names of one length go by their ids.</remarks>
sealed class SpecialTokenSplitter
{
    /// <summary>The longest name a special token may have, in bytes: it bounds the time to look for it.</summary>
    public const int MaxNameBytes = 1024;

    readonly Vocabulary _vocabulary;
    readonly int[] _userDefined;
    readonly int[] _all;

    public SpecialTokenSplitter(Vocabulary vocabulary)
    {
        _vocabulary = vocabulary;
        List<int> all = [];
        for (int id = 0; id < vocabulary.Count; id++)
        {
            if ((vocabulary.Attributes[id] & (TokenAttributes.Special | TokenAttributes.UserDefined)) != 0)
            {
                all.Add(id);
                int length = vocabulary.Text[id].Length;
                if (length > MaxNameBytes)
                {
                    throw new ModelFormatException(vocabulary.File, "tokenizer.ggml.tokens", -1, $"special tokens of at most {MaxNameBytes} bytes", $"token {id} of {length}");
                }
            }
        }

        _all = [.. all.OrderByDescending(id => vocabulary.Text[id].Length).ThenBy(id => id)];
        _userDefined = Array.FindAll(_all, id => (vocabulary.Attributes[id] & TokenAttributes.Special) == 0);
    }

    /// <summary>Whether there are tokens to look for.</summary>
    public bool IsNeeded(bool parseSpecial) => (parseSpecial ? _all : _userDefined).Length > 0;

    /// <summary>Splits a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="parseSpecial">Whether control tokens count; user-defined ones always do.</param>
    /// <param name="trustedUntil">[text length] where control tokens count: the end of the stretch that a byte's token may reach to, or 0; empty is everywhere.</param>
    /// <returns>The parts in order; whitespace that a token swallows is in none.</returns>
    public List<TextPart> Split(ReadOnlySpan<byte> text, bool parseSpecial, ReadOnlySpan<int> trustedUntil = default)
    {
        List<TextPart> parts = [];
        if (text.IsEmpty)
        {
            return parts;
        }

        List<TextPart> rest = [new(0, text.Length, -1)];
        List<TextPart> tokens = [];
        ulong[]? pairs = null;
        foreach (int token in parseSpecial ? _all : _userDefined)
        {
            ReadOnlySpan<byte> name = _vocabulary.Text[token];
            if (name.Length <= text.Length && MayOccur(name, pairs ??= PairsOf(text)))
            {
                rest = SplitAt(text, rest, token, name, tokens, trustedUntil);
            }
        }

        parts.AddRange(rest);
        parts.AddRange(tokens);
        parts.Sort(static (a, b) => a.Start.CompareTo(b.Start));
        return parts;
    }

    /// <summary>Takes the occurrences of one token out of the text that is left.</summary>
    List<TextPart> SplitAt(ReadOnlySpan<byte> text, List<TextPart> rest, int token, ReadOnlySpan<byte> name, List<TextPart> tokens, ReadOnlySpan<int> trustedUntil)
    {
        TokenAttributes attributes = _vocabulary.Attributes[token];
        trustedUntil = (attributes & TokenAttributes.Special) != 0 ? trustedUntil : [];
        int before = tokens.Count;
        List<TextPart>? left = null;
        for (int i = 0; i < rest.Count; i++)
        {
            (int start, int length, _) = rest[i];
            int end = start + length;
            for (int textEnd; (textEnd = Find(text[..end], start, name, trustedUntil)) >= 0;)
            {
                left ??= rest[..i];
                tokens.Add(new(textEnd, name.Length, token));
                int next = textEnd + name.Length;
                while ((attributes & TokenAttributes.StripLeft) != 0 && textEnd > start && IsSpace(text[textEnd - 1]))
                {
                    textEnd--;
                }

                AddText(left, start, textEnd);
                start = next;
                while ((attributes & TokenAttributes.StripRight) != 0 && start < end && IsSpace(text[start]))
                {
                    start++;
                }
            }

            if (left is not null)
            {
                AddText(left, start, end);
            }
        }

        return tokens.Count == before ? rest : left!;
    }

    /// <summary>The first place from <paramref name="start"/> on where a name stands and counts, or -1.</summary>
    static int Find(ReadOnlySpan<byte> text, int start, ReadOnlySpan<byte> name, ReadOnlySpan<int> trustedUntil)
    {
        for (int found; (found = text[start..].IndexOf(name)) >= 0; start++)
        {
            start += found;
            if (trustedUntil.IsEmpty || trustedUntil[start] >= start + name.Length)
            {
                return start;
            }
        }

        return -1;
    }

    static void AddText(List<TextPart> parts, int start, int end)
    {
        if (end > start)
        {
            parts.Add(new(start, end - start, -1));
        }
    }

    static bool IsSpace(byte value) => value is 0x20 or (>= 0x09 and <= 0x0D);

    /// <summary>Which pairs of bytes the text has: a bitmap, that most names fail at once.</summary>
    static ulong[] PairsOf(ReadOnlySpan<byte> text)
    {
        ulong[] pairs = new ulong[0x10000 / 64];
        for (int i = 1; i < text.Length; i++)
        {
            int pair = (text[i - 1] << 8) | text[i];
            pairs[pair >> 6] |= 1UL << pair;
        }

        return pairs;
    }

    static bool MayOccur(ReadOnlySpan<byte> name, ulong[] pairs)
    {
        for (int i = 1; i < name.Length; i++)
        {
            int pair = (name[i - 1] << 8) | name[i];
            if ((pairs[pair >> 6] >> pair & 1) == 0)
            {
                return false;
            }
        }

        return true;
    }
}
