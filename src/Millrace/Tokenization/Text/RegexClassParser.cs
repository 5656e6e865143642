using System.Globalization;

namespace Millrace.Tokenization.Text;

/// <summary>Reads the escapes and the bracketed sets of a regular expression: ranges, nested sets, intersections, POSIX names and Unicode properties.</summary>
readonly ref struct RegexClassParser(string source, bool ignoreCase)
{
    const int MaxDepth = 20;

    /// <summary>The code point at an index, a surrogate pair taken as one.</summary>
    public static int CodePoint(string source, ref int at)
    {
        int c = char.IsSurrogatePair(source, at) ? char.ConvertToUtf32(source, at) : source[at];
        at += c > 0xFFFF ? 2 : 1;
        return c;
    }

    /// <summary>Reads a set that begins at an index; case is folded where it does not count.</summary>
    public CodePointSet Parse(ref int at) => Bracket(ref at, 0);

    CodePointSet Bracket(ref int at, int depth)
    {
        int start = at++;
        if (depth > MaxDepth)
        {
            throw new PatternException(source, start, $"sets nested deeper than {MaxDepth}");
        }

        bool negated = at < source.Length && source[at] == '^';
        at += negated ? 1 : 0;
        CodePointSet? left = null;
        CodePointSet set = CodePointSet.Empty;
        bool first = true;
        while (true)
        {
            if (at >= source.Length)
            {
                throw new PatternException(source, start, "a set without an end");
            }

            if (source[at] == ']' && !first)
            {
                at++;
                break;
            }

            if (string.CompareOrdinal(source, at, "&&", 0, 2) == 0)
            {
                at += 2;
                left = left is null ? set : left & set;
                set = CodePointSet.Empty;
            }
            else
            {
                set |= Item(ref at, depth);
            }

            first = false;
        }

        set = left is null ? set : left & set;
        set = ignoreCase ? UnicodeSets.FoldCase(set) : set;
        return negated ? ~set : set;
    }

    CodePointSet Item(ref int at, int depth)
    {
        if (source[at] == '[')
        {
            return Posix(ref at) ?? Bracket(ref at, depth + 1);
        }

        if (source[at] == '\\' && NamedEscape(ref at, inside: true) is { } named)
        {
            return named;
        }

        int start = at;
        int low = Member(ref at);
        if (at + 1 >= source.Length || source[at] != '-' || source[at + 1] == ']')
        {
            return CodePointSet.Range(low, low);
        }

        int dash = at++;
        if (source[at] == '[' || (source[at] == '\\' && IsNamed(at)))
        {
            at = dash + 1;
            return CodePointSet.Of([low, '-']);
        }

        int high = Member(ref at);
        return low <= high ? CodePointSet.Range(low, high) : throw new PatternException(source, start, "a reversed range");
    }

    int Member(ref int at)
    {
        if (source[at] != '\\')
        {
            return CodePoint(source, ref at);
        }

        if (at + 1 < source.Length && source[at + 1] == 'b')
        {
            at += 2;
            return '\b';
        }

        return CharacterEscape(ref at);
    }

    bool IsNamed(int at) => at + 1 < source.Length && source[at + 1] is 's' or 'S' or 'd' or 'D' or 'w' or 'W' or 'h' or 'H' or 'p' or 'P';

    /// <summary>Reads an escape that stands for a set, such as \s or \p{L}, inside brackets or outside; null, and nothing read, where it stands for a character.</summary>
    public CodePointSet? NamedEscape(ref int at, bool inside)
    {
        if (!IsNamed(at))
        {
            return null;
        }

        char kind = source[at + 1];
        if (kind is 'p' or 'P')
        {
            return Property(ref at, kind == 'P');
        }

        at += 2;
        CodePointSet set = char.ToLowerInvariant(kind) switch
        {
            's' => UnicodeSets.Space,
            'd' => UnicodeSets.Digit,
            'w' => inside ? UnicodeSets.Named("word")! : UnicodeSets.WordCharacter,
            _ => UnicodeSets.HexDigit,
        };
        return char.IsUpper(kind) ? ~set : set;
    }

    CodePointSet Property(ref int at, bool negated)
    {
        int start = at;
        at += 2;
        int close = at < source.Length && source[at] == '{' ? source.IndexOf('}', at) : -1;
        if (close < 0)
        {
            throw new PatternException(source, start, "a property without {name}");
        }

        string name = source[(at + 1)..close];
        at = close + 1;
        if (name.StartsWith('^'))
        {
            negated = !negated;
            name = name[1..];
        }

        CodePointSet set = UnicodeSets.Named(name) ?? throw new PatternException(source, start, $"an unknown property {name}");
        return negated ? ~set : set;
    }

    /// <summary>Reads [:name:] or [:^name:]; null where no such thing stands there.</summary>
    CodePointSet? Posix(ref int at)
    {
        int close = string.CompareOrdinal(source, at, "[:", 0, 2) == 0 ? source.IndexOf(":]", at + 2, StringComparison.Ordinal) : -1;
        if (close < 0 || close - at > 20)
        {
            return null;
        }

        string name = source[(at + 2)..close];
        bool negated = name.StartsWith('^');
        name = negated ? name[1..] : name;
        if (!name.All(char.IsAsciiLetter))
        {
            return null;
        }

        // Oniguruma counts symbols to the punctuation here, but not in \p{Punct}.
        CodePointSet set = UnicodeSets.Named(name) ?? throw new PatternException(source, at, $"an unknown class {name}");
        set = name == "punct" ? set | UnicodeSets.Named("s")! : set;
        at = close + 2;
        return negated ? ~set : set;
    }

    /// <summary>Reads an escape that stands for one character.</summary>
    public int CharacterEscape(ref int at)
    {
        int start = at++;
        if (at >= source.Length)
        {
            throw new PatternException(source, start, "a backslash at the end");
        }

        int c = CodePoint(source, ref at);
        switch (c)
        {
            case 't': return '\t';
            case 'n': return '\n';
            case 'v': return '\v';
            case 'f': return '\f';
            case 'r': return '\r';
            case 'a': return '\a';
            case 'e': return 0x1B;
            case 'x': return Hex(ref at, start);
            case 'u': return HexDigits(ref at, start, 4, 4);
            case '0': return '\0';
            default:
                return c < 0x80 && char.IsAsciiLetterOrDigit((char)c) ? throw new PatternException(source, start, $"an unknown escape \\{(char)c}") : c;
        }
    }

    /// <summary>\x{…}, or \xHH, which stands for one byte and so can only be ASCII here.</summary>
    int Hex(ref int at, int start)
    {
        if (at < source.Length && source[at] == '{')
        {
            at++;
            int c = HexDigits(ref at, start, 1, 8);
            return at < source.Length && source[at++] == '}' ? c : throw new PatternException(source, start, "\\x{ without }");
        }

        int b = HexDigits(ref at, start, 1, 2);
        return b < 0x80 ? b : throw new PatternException(source, start, "\\x of a byte that is no character");
    }

    int HexDigits(ref int at, int start, int least, int most)
    {
        int end = at;
        while (end < source.Length && end - at < most && char.IsAsciiHexDigit(source[end]))
        {
            end++;
        }

        if (end - at < least || !uint.TryParse(source.AsSpan(at, end - at), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value) || value > 0x10FFFF)
        {
            throw new PatternException(source, start, "a wrong hexadecimal number");
        }

        at = end;
        return (int)value;
    }
}
