namespace Millrace.Tokenization.Text;

/// <summary>
/// A compiled regular expression over UTF-8, for the pre-tokenizers and normalizers of vocabularies. The syntax and the choice among matches (first alternative first)
/// are those of Oniguruma with Ruby's syntax, which Hugging Face's tokenizers use; nothing is captured. Time is linear in the text, and a budget ends a hostile
/// expression with a <see cref="PatternException"/>. Malformed bytes count as one U+FFFD each. Safe for use by several threads.
/// </summary>
public sealed class Pattern
{
    readonly Instruction[] _code;
    readonly int _loops;
    readonly CharacterClass? _first;
    Matcher? _spare;

    Pattern(string source, RegexNode root)
    {
        Source = source;
        (_code, _loops) = RegexCompiler.Compile(source, root);
        _first = root.Nullable ? null : new(root.First);
    }

    /// <summary>The expression.</summary>
    public string Source { get; }

    /// <summary>Compiles an expression.</summary>
    /// <exception cref="PatternException">Its syntax is wrong or not known here, or it is too large.</exception>
    public static Pattern Compile(string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new(source, RegexParser.Parse(source));
    }

    /// <summary>A pattern that matches one string as it is.</summary>
    internal static Pattern Literal(string text)
    {
        List<RegexNode> items = [];
        for (int at = 0; at < text.Length;)
        {
            int codePoint = RegexClassParser.CodePoint(text, ref at);
            items.Add(new SetNode(CodePointSet.Range(codePoint, codePoint)));
        }

        return new(text, new SequenceNode(items));
    }

    /// <summary>A pattern that matches one member of a set.</summary>
    internal static Pattern OneOf(string name, CodePointSet set) => new(name, new SetNode(set));

    /// <summary>A pattern that matches a run of members of one set or of another.</summary>
    internal static Pattern RunOfEither(string name, CodePointSet one, CodePointSet other) => new(name, new AlternationNode(
    [
        new RepeatNode(new SetNode(one), 1, RepeatNode.Unbounded, Greed.Greedy),
        new RepeatNode(new SetNode(other), 1, RepeatNode.Unbounded, Greed.Greedy),
    ]));

    /// <summary>Matches at one position of a text, without a search.</summary>
    /// <returns>The length of the match in bytes, or -1.</returns>
    /// <exception cref="PatternException">The match took more steps than its budget.</exception>
    public int Match(ReadOnlySpan<byte> text, int start)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)start, (uint)text.Length, nameof(start));
        Matcher matcher = Rent();
        matcher.Begin(text.Length);
        int end = matcher.Match(text, start);
        Return(matcher);
        return end < 0 ? -1 : end - start;
    }

    /// <summary>The matches of a text and the gaps between them, in order: <c>foreach (PatternPiece piece in pattern.Split(text))</c>. Gaps are never empty; a match can be.</summary>
    public PatternPieces Split(ReadOnlySpan<byte> text) => new(this, text);

    internal Matcher Rent() => Interlocked.Exchange(ref _spare, null) ?? new(Source, _code, _loops);

    internal void Return(Matcher matcher) => Volatile.Write(ref _spare, matcher);

    /// <summary>The leftmost match at or after a position; (-1, -1) where there is none.</summary>
    internal (int Start, int End) Search(Matcher matcher, ReadOnlySpan<byte> text, int from)
    {
        while (true)
        {
            from = _first is null ? from : _first.Find(text, from);
            if (from == text.Length && _first is not null)
            {
                return (-1, -1);
            }

            int end = matcher.Match(text, from);
            if (end >= 0 || from == text.Length)
            {
                return end >= 0 ? (from, end) : (-1, -1);
            }

            from += Utf8.Decode(text, from, out _);
        }
    }
}

/// <summary>A piece of a text, in bytes.</summary>
/// <param name="Start">Where it begins.</param>
/// <param name="Length">Its length.</param>
/// <param name="IsMatch">Whether it is a match, or what lies between two.</param>
public readonly record struct PatternPiece(int Start, int Length, bool IsMatch);
