namespace Millrace.Tokenization.Text;

/// <summary>The matches and gaps of one text, as <see cref="Pattern.Split"/> gives them.</summary>
public ref struct PatternPieces
{
    readonly Pattern _pattern;
    readonly ReadOnlySpan<byte> _text;
    Matcher? _matcher;
    int _searchFrom;
    int _end;
    int _lastMatchEnd = -1;
    PatternPiece? _pending;

    internal PatternPieces(Pattern pattern, ReadOnlySpan<byte> text)
    {
        _pattern = pattern;
        _text = text;
        _matcher = pattern.Rent();
        _matcher.Begin(text.Length);
    }

    /// <summary>The piece that <see cref="MoveNext"/> found.</summary>
    public PatternPiece Current { get; private set; }

    /// <summary>This enumerator.</summary>
    public readonly PatternPieces GetEnumerator() => this;

    /// <summary>Goes to the next piece.</summary>
    /// <exception cref="PatternException">The matches of this text took more steps than their budget.</exception>
    public bool MoveNext()
    {
        if (_pending is { } match)
        {
            _pending = null;
            Current = match;
            return true;
        }

        (int start, int end) = Next();
        if (start > _end)
        {
            Current = new(_end, start - _end, false);
            _pending = end < 0 ? null : new PatternPiece(start, end - start, true);
        }
        else if (end >= 0)
        {
            Current = new(start, end - start, true);
        }
        else
        {
            return false;
        }

        _end = Math.Max(start, end);
        return true;
    }

    /// <summary>The next match; the end of the text and -1 where there is none. An empty match right after another match is passed over, and one character with it.</summary>
    (int Start, int End) Next()
    {
        while (_searchFrom <= _text.Length)
        {
            (int start, int end) = _pattern.Search(_matcher!, _text, _searchFrom);
            if (start < 0)
            {
                break;
            }

            if (start < end || end != _lastMatchEnd)
            {
                _searchFrom = _lastMatchEnd = end;
                return (start, end);
            }

            _searchFrom += _searchFrom < _text.Length ? Utf8.Decode(_text, _searchFrom, out _) : 1;
        }

        _searchFrom = _text.Length + 1;
        return (_text.Length, -1);
    }

    /// <summary>Gives the working memory back.</summary>
    public void Dispose()
    {
        if (_matcher is not null)
        {
            _pattern.Return(_matcher);
            _matcher = null;
        }
    }
}
