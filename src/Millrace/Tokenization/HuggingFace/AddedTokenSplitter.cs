using System.Buffers;
using Millrace.Formats;
using Millrace.Tokenization.Text;

namespace Millrace.Tokenization.HuggingFace;

/// <summary>Cuts a text at added tokens: the leftmost first, and of those that begin together the longest.</summary>
sealed class AddedTokenSplitter
{
    static readonly CharacterClass Space = new(UnicodeSets.Space);

    // The word characters of Rust's regex crate: those of [[:word:]], and the joiners.
    static readonly CharacterClass Word = new(RustWord);

    readonly AddedToken[] _tokens;
    readonly PrefixIndex _index;
    readonly SearchValues<byte> _first;

    /// <summary>Creates the splitter.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="patterns">What each is found by; an empty one is never found.</param>
    public AddedTokenSplitter(AddedToken[] tokens, Utf8Strings patterns)
    {
        _tokens = tokens;
        _index = new PrefixIndex(patterns, last: false);
        _first = SearchValues.Create([.. Enumerable.Range(0, 256).Select(value => (byte)value).Where(_index.Begins)]);
    }

    /// <summary>What Rust's regex crate takes for \w.</summary>
    public static CodePointSet RustWord => UnicodeSets.Named("word")! | CodePointSet.Range(0x200C, 0x200D);

    /// <summary>Appends the pieces of a text and the tokens between them.</summary>
    /// <param name="text">The text.</param>
    /// <param name="atStart">Whether it begins with the first character of the original.</param>
    /// <param name="special">Whether special tokens are found; otherwise they are passed over, though what overlaps them stays text.</param>
    /// <param name="output">Receives the pieces.</param>
    /// <param name="trustedUntil">[text length] where special tokens are found all the same: up to the end, given for each byte, of the stretch it lies in; or nothing.</param>
    public void Split(ReadOnlySpan<byte> text, bool atStart, bool special, TextPieces output, ReadOnlySpan<int> trustedUntil = default)
    {
        int done = 0;
        int spaceStart = 0, spaceEnd = 0;
        for (int at = 0; text[at..].IndexOfAny(_first) is >= 0 and int skipped;)
        {
            at += skipped;
            int index = Longest(text, at, out int end);
            if (index < 0)
            {
                at++;
                continue;
            }

            AddedToken token = _tokens[index];
            int start = at;
            if (token.Special && trustedUntil.Length > 0 && trustedUntil[start] < end)
            {
                at++;
                continue;
            }

            at = end;
            if ((token.Special && !special && trustedUntil.Length == 0) || (token.SingleWord && !IsSingleWord(text, start, end)))
            {
                continue;
            }

            while (token.StripLeft && start > done && Utf8.LengthBefore(text, start) is var length && Space.Match(text, start - length) > 0)
            {
                start -= length;
            }

            if (token.StripRight)
            {
                // A run of spaces is walked once, also where its spaces are tokens themselves.
                (spaceStart, spaceEnd) = end >= spaceStart && end <= spaceEnd ? (spaceStart, spaceEnd) : (end, Space.Run(text, end, 0, RepeatNode.Unbounded, out _));
                end = spaceEnd;
            }

            if (done < start)
            {
                output.Add(text[done..start], atStart && done == 0);
            }

            output.Add(token.Id);
            done = end;
        }

        output.Add(text[done..], atStart && done == 0);
    }

    int Longest(ReadOnlySpan<byte> text, int start, out int end)
    {
        int found = -1;
        end = start;
        PrefixIndex.Range range = _index.All;
        for (int at = start; at < text.Length && _index.Narrow(ref range, text[at]); at++)
        {
            if (_index.Exact(range) is >= 0 and int index)
            {
                found = index;
                end = at + 1;
            }
        }

        return found;
    }

    static bool IsSingleWord(ReadOnlySpan<byte> text, int start, int end) =>
        (start == 0 || Word.Match(text, start - Utf8.LengthBefore(text, start)) == 0) && Word.Match(text, end) == 0;
}
