using System.Globalization;

namespace Millrace.Tokenization.Text;

/// <summary>Reads the regular expressions of tokenizers in Oniguruma's Ruby syntax: <c>^</c> and <c>$</c> stand for lines, <c>(?m)</c> lets the dot match a newline. Groups do not capture; what would need a capture is refused.</summary>
ref struct RegexParser
{
    const int MaxLength = 16384;
    const int MaxDepth = 100;
    const int MaxRepeat = 100_000;

    readonly string _source;
    int _at;
    int _depth;
    bool _ignoreCase;
    bool _dotAll;
    bool _extended;

    RegexParser(string source) => _source = source;

    public static RegexNode Parse(string source)
    {
        if (source.Length > MaxLength)
        {
            throw new PatternException(source, -1, $"longer than {MaxLength} characters");
        }

        RegexParser parser = new(source);
        RegexNode node = parser.Alternation();
        return parser.AtEnd ? node : throw parser.Error("unmatched )");
    }

    readonly bool AtEnd => _at >= _source.Length;

    readonly char Peek => AtEnd ? '\0' : _source[_at];

    readonly PatternException Error(string reason) => new(_source, _at, reason);

    bool Take(char expected)
    {
        if (AtEnd || _source[_at] != expected)
        {
            return false;
        }

        _at++;
        return true;
    }

    bool Take(string expected)
    {
        if (string.CompareOrdinal(_source, _at, expected, 0, expected.Length) != 0)
        {
            return false;
        }

        _at += expected.Length;
        return true;
    }

    RegexNode Alternation()
    {
        if (++_depth > MaxDepth)
        {
            throw Error($"groups nested deeper than {MaxDepth}");
        }

        (bool ignoreCase, bool dotAll, bool extended) = (_ignoreCase, _dotAll, _extended);
        List<RegexNode> items = [Sequence()];
        while (Take('|'))
        {
            items.Add(Sequence());
        }

        (_ignoreCase, _dotAll, _extended) = (ignoreCase, dotAll, extended);
        _depth--;
        return items.Count == 1 ? items[0]
            : items.TrueForAll(item => item is SetNode) ? new SetNode(items.Aggregate(CodePointSet.Empty, (set, item) => set | item.First))
            : new AlternationNode(items);
    }

    RegexNode Sequence()
    {
        List<RegexNode> items = [];
        SkipExtended();
        while (!AtEnd && Peek is not ('|' or ')'))
        {
            RegexNode? atom = Atom();
            if (atom is not null)
            {
                items.Add(Quantified(atom));
            }

            SkipExtended();
        }

        return items.Count == 1 ? items[0] : new SequenceNode(items);
    }

    void SkipExtended()
    {
        while (_extended && !AtEnd && (char.IsWhiteSpace(Peek) || Peek == '#'))
        {
            if (Take('#'))
            {
                while (!AtEnd && Peek != '\n')
                {
                    _at++;
                }
            }
            else
            {
                _at++;
            }
        }
    }

    RegexNode Quantified(RegexNode atom)
    {
        while (true)
        {
            SkipExtended();
            int start = _at;
            (int min, int max) = (1, 1);
            bool interval = false;
            if (Take('*'))
            {
                (min, max) = (0, RepeatNode.Unbounded);
            }
            else if (Take('+'))
            {
                (min, max) = (1, RepeatNode.Unbounded);
            }
            else if (Take('?'))
            {
                (min, max) = (0, 1);
            }
            else if (Interval(out min, out max))
            {
                interval = true;
            }
            else
            {
                return atom;
            }

            atom = Repeat(atom, start, min, max, interval);
        }
    }

    /// <summary>Ruby's rules: an interval is never possessive, and <c>{n}?</c> means "n or none".</summary>
    RepeatNode Repeat(RegexNode atom, int start, int min, int max, bool interval)
    {
        Greed greed = Greed.Greedy;
        if (Take('?'))
        {
            if (interval && min == max)
            {
                return new RepeatNode(new RepeatNode(atom, min, max, Greed.Greedy), 0, 1, Greed.Greedy);
            }

            greed = Greed.Lazy;
        }
        else if (!interval && Take('+'))
        {
            greed = Greed.Possessive;
        }

        if (max > 1 && atom.Nullable)
        {
            // Engines part here: Oniguruma ends the loop at the first pass that matches nothing.
            throw new PatternException(_source, start, "a repetition of what can match nothing");
        }

        return new RepeatNode(atom, min, max, greed);
    }

    /// <summary>Reads {n}, {n,}, {,m} or {n,m}; anything else in braces stands for itself.</summary>
    bool Interval(out int min, out int max)
    {
        (min, max) = (0, 0);
        int start = _at;
        if (!Take('{'))
        {
            return false;
        }

        int? low = Number();
        int? high = low;
        if (Take(','))
        {
            high = Number() ?? (low is null ? null : RepeatNode.Unbounded);
            low ??= 0;
        }

        if (high is null || low is null || !Take('}'))
        {
            _at = start;
            return false;
        }

        if (high < low || low > MaxRepeat || (high > MaxRepeat && high != RepeatNode.Unbounded))
        {
            throw new PatternException(_source, start, $"an interval that is reversed or above {MaxRepeat}");
        }

        (min, max) = (low.Value, high.Value);
        return true;
    }

    int? Number()
    {
        int start = _at;
        long value = 0;
        while (char.IsAsciiDigit(Peek) && value <= MaxRepeat)
        {
            value = value * 10 + (_source[_at++] - '0');
        }

        return _at == start ? null : (int)Math.Min(value, MaxRepeat + 1);
    }

    RegexNode? Atom()
    {
        switch (Peek)
        {
            case '(':
                return Group();
            case '[':
                return new SetNode(new RegexClassParser(_source, _ignoreCase).Parse(ref _at));
            case '.':
                _at++;
                return new SetNode(_dotAll ? CodePointSet.All : ~CodePointSet.Range('\n', '\n'));
            case '^':
                _at++;
                return new AnchorNode(Anchor.LineStart);
            case '$':
                _at++;
                return new AnchorNode(Anchor.LineEnd);
            case '\\':
                return Escape();
            case '*' or '+' or '?':
                throw Error("nothing to repeat");
            default:
                return Literal(RegexClassParser.CodePoint(_source, ref _at));
        }
    }

    readonly SetNode Literal(int codePoint)
    {
        CodePointSet set = CodePointSet.Range(codePoint, codePoint);
        return new SetNode(_ignoreCase ? UnicodeSets.FoldCase(set) : set);
    }

    RegexNode Escape()
    {
        if (_at + 1 >= _source.Length)
        {
            throw Error("a backslash at the end");
        }

        Anchor? anchor = _source[_at + 1] switch
        {
            'A' => Anchor.TextStart,
            'z' => Anchor.TextEnd,
            'Z' => Anchor.TextEndOrLastNewline,
            'b' => Anchor.WordBoundary,
            'B' => Anchor.NotWordBoundary,
            _ => null,
        };
        if (anchor is not null)
        {
            _at += 2;
            return new AnchorNode(anchor.Value);
        }

        RegexClassParser classes = new(_source, _ignoreCase);
        CodePointSet? named = classes.NamedEscape(ref _at, inside: false);
        return named is not null ? new SetNode(_ignoreCase ? UnicodeSets.FoldCase(named) : named) : Literal(classes.CharacterEscape(ref _at));
    }

    /// <summary>Reads a group; null where it only sets options for the rest of the group around it.</summary>
    RegexNode? Group()
    {
        int start = _at++;
        RegexNode node;
        if (!Take("?"))
        {
            node = Alternation();
        }
        else if (Take('#'))
        {
            _at = _source.IndexOf(')', _at) is >= 0 and int close ? close + 1 : throw Error("an endless comment");
            return null;
        }
        else if (Take(':'))
        {
            node = Alternation();
        }
        else if (Take('='))
        {
            node = new LookNode(Alternation(), Behind: false, Negative: false);
        }
        else if (Take('!'))
        {
            node = new LookNode(Alternation(), Behind: false, Negative: true);
        }
        else if (Take('>'))
        {
            node = new AtomicNode(Alternation());
        }
        else if (Take("<="))
        {
            node = LookBehind(Alternation(), negative: false);
        }
        else if (Take("<!"))
        {
            node = LookBehind(Alternation(), negative: true);
        }
        else if (Take('<'))
        {
            _at = _source.IndexOf('>', _at) is >= 0 and int close ? close + 1 : throw Error("an endless group name");
            node = Alternation();
        }
        else
        {
            return Options(start);
        }

        return Take(')') ? node : throw new PatternException(_source, start, "a group without an end");
    }

    /// <summary>A look behind of several widths is one look for each alternative.</summary>
    readonly RegexNode LookBehind(RegexNode item, bool negative)
    {
        RegexNode[] items = item is AlternationNode { Width: < 0 } several ? [.. several.Items] : [item];
        if (Array.Exists(items, one => one.Width < 0))
        {
            throw Error("a look behind without a fixed width");
        }

        RegexNode[] looks = Array.ConvertAll(items, one => (RegexNode)new LookNode(one, Behind: true, negative));
        return looks.Length == 1 ? looks[0] : negative ? new SequenceNode(looks) : new AlternationNode(looks);
    }

    RegexNode? Options(int start)
    {
        (bool ignoreCase, bool dotAll, bool extended) = (_ignoreCase, _dotAll, _extended);
        bool on = true;
        while (!AtEnd && Peek is not (')' or ':'))
        {
            switch (_source[_at++])
            {
                case '-':
                    on = false;
                    break;
                case 'i':
                    _ignoreCase = on;
                    break;
                case 'm':
                    _dotAll = on;
                    break;
                case 'x':
                    _extended = on;
                    break;
                default:
                    _at--;
                    throw Error("an unknown kind of group");
            }
        }

        if (AtEnd)
        {
            throw new PatternException(_source, start, "a group without an end");
        }

        // "a(?i)b|c" is "a(?i:b|c)": the options hold, alternatives included, up to the end of the group around.
        bool scoped = _source[_at++] == ':';
        RegexNode node = Alternation();
        (_ignoreCase, _dotAll, _extended) = (ignoreCase, dotAll, extended);
        return !scoped || Take(')') ? node : throw new PatternException(_source, start, "a group without an end");
    }
}
