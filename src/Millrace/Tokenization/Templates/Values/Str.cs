namespace Millrace.Tokenization.Templates.Values;

/// <summary>
/// A string that knows which of its characters the template itself wrote (trusted: literals, special tokens, numbers) and
/// which came from the conversation. Positions inside are UTF-16 units; Python's code points are converted at the edge.
/// </summary>
sealed class Str : Value
{
    public static readonly Str Empty = new("", trusted: true);

    readonly int[]? _flips; // where the trust changes, ascending, exclusive of both ends; null when it is the same throughout
    int _length = -1;

    public Str(string text, bool trusted, bool markup = false)
        : this(text, trusted, null, markup)
    {
    }

    public Str(string text, bool startsTrusted, int[]? flips, bool markup)
    {
        Text = text;
        StartsTrusted = startsTrusted;
        _flips = flips;
        IsMarkup = markup;
    }

    public string Text { get; }

    /// <summary>Whether the first character is the template's.</summary>
    public bool StartsTrusted { get; }

    /// <summary>Where the trust changes.</summary>
    public ReadOnlySpan<int> Flips => _flips;

    /// <summary>Whether all of it is the template's own.</summary>
    public bool IsTrusted => StartsTrusted && _flips is null;

    /// <summary>Whether it is marked safe, so that what is added to it is HTML-escaped (Python's markupsafe).</summary>
    public bool IsMarkup { get; }

    public override string TypeName => IsMarkup ? "Markup" : "str";

    public override bool Truthy => Text.Length > 0;

    /// <summary>Its length in code points.</summary>
    public int Length => _length >= 0 ? _length : _length = Text.Length - CountPairs(Text);

    /// <summary>Whether positions in code points and in UTF-16 units differ, so that converting them takes a scan.</summary>
    public bool HasPairs => Length != Text.Length;

    /// <summary>The code point position of a UTF-16 position.</summary>
    public int ToPoint(int unit) => HasPairs ? unit - CountPairs(Text.AsSpan(0, unit)) : unit;

    /// <summary>The UTF-16 position of a code point position, which must be within the string.</summary>
    public int ToUnit(int point)
    {
        if (!HasPairs)
        {
            return point;
        }

        int unit = 0;
        for (; point > 0; point--)
        {
            unit += IsPair(unit) ? 2 : 1;
        }

        return unit;
    }

    /// <summary>The number of UTF-16 units of the code point at a UTF-16 position.</summary>
    public int UnitsAt(int unit) => IsPair(unit) ? 2 : 1;

    /// <summary>A part of it, by UTF-16 positions; the trust of each character is kept.</summary>
    public Str Slice(int start, int end)
    {
        if (start == 0 && end == Text.Length)
        {
            return this;
        }

        if (end <= start)
        {
            return IsMarkup ? new Str("", true, markup: true) : Empty;
        }

        string text = Text[start..end];
        if (_flips is null)
        {
            return new Str(text, StartsTrusted, IsMarkup);
        }

        int first = FlipAfter(start);
        int last = Math.Max(first, FlipAfter(end - 1));
        int[]? flips = last == first ? null : new int[last - first];
        for (int i = first; i < last; i++)
        {
            flips![i - first] = _flips[i] - start;
        }

        return new Str(text, StartsTrusted ^ ((first & 1) != 0), flips, IsMarkup);
    }

    /// <summary>A string made from it by an operation that keeps no track of characters: trusted only if all of it was.</summary>
    public Str Derive(string text) => new(text, IsTrusted, IsMarkup);

    /// <summary>The same characters with or without the mark of safety.</summary>
    public Str WithMarkup(bool markup) => markup == IsMarkup ? this : new(Text, StartsTrusted, _flips, markup);

    bool IsPair(int unit) =>
        char.IsHighSurrogate(Text[unit]) && unit + 1 < Text.Length && char.IsLowSurrogate(Text[unit + 1]);

    /// <summary>The index of the first change of trust after a position.</summary>
    int FlipAfter(int position)
    {
        int at = Array.BinarySearch(_flips!, position);
        return at < 0 ? ~at : at + 1;
    }

    static int CountPairs(ReadOnlySpan<char> text)
    {
        int pairs = 0;
        for (int i = text.IndexOfAnyInRange('\ud800', '\udbff'); i >= 0 && i + 1 < text.Length;)
        {
            bool pair = char.IsLowSurrogate(text[i + 1]);
            pairs += pair ? 1 : 0;
            int from = i + (pair ? 2 : 1);
            int next = text[from..].IndexOfAnyInRange('\ud800', '\udbff');
            i = next < 0 ? -1 : from + next;
        }

        return pairs;
    }
}
