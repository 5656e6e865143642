using Millrace.Tokenization.Templates.Runtime;

namespace Millrace.Tokenization.Templates.Syntax;

/// <summary>
/// Splits a template into tokens as Jinja2 does with trim_blocks and lstrip_blocks: the line break after a block or comment
/// tag goes, and so does white space before one that begins its line; <c>-</c> and <c>+</c> at the tags override both.
/// </summary>
sealed class Lexer
{
    static readonly string[] Operators =
    [
        "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";",
    ];

    readonly string _source;
    readonly List<Token> _tokens = [];
    readonly Stack<char> _open = new();
    int _at;
    int _line = 1;

    Lexer(string source) => _source = source;

    /// <summary>The tokens of a template, the last of which is <see cref="TokenKind.End"/> or <see cref="TokenKind.Malformed"/>.</summary>
    public static List<Token> Tokenize(string source)
    {
        source = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        source = source.EndsWith('\n') ? source[..^1] : source;
        var lexer = new Lexer(source);
        try
        {
            lexer.Run();
        }
        catch (TemplateException error)
        {
            lexer._tokens.Add(new Token(TokenKind.Malformed, error.Message, error.Line));
        }

        return lexer._tokens;
    }

    void Run()
    {
        while (_at < _source.Length)
        {
            int tag = FindTag();
            if (tag < 0)
            {
                Add(TokenKind.Data, _source[_at..]);
                MoveTo(_source.Length);
                break;
            }

            char kind = _source[tag + 1];
            Text(tag, kind == '{');
            MoveTo(tag + 2 + (SignAt(tag + 2) == 0 ? 0 : 1));
            switch (kind)
            {
                case '{':
                    Inside(TokenKind.VariableBegin, TokenKind.VariableEnd, "}}");
                    break;
                case '#':
                    SkipComment();
                    break;
                default:
                    if (!Raw())
                    {
                        Inside(TokenKind.BlockBegin, TokenKind.BlockEnd, "%}");
                    }

                    break;
            }
        }

        Add(TokenKind.End, "");
    }

    int FindTag()
    {
        for (int at = _at; ; at++)
        {
            at = _source.IndexOf('{', at);
            if (at < 0 || at + 1 >= _source.Length)
            {
                return -1;
            }

            if (_source[at + 1] is '{' or '%' or '#')
            {
                return at;
            }
        }
    }

    char SignAt(int at) => at < _source.Length && _source[at] is '-' or '+' ? _source[at] : '\0';

    /// <summary>Emits the text before a tag, without the white space that the tag's sign or lstrip_blocks removes.</summary>
    void Text(int tag, bool isVariable)
    {
        int end = tag;
        char sign = SignAt(tag + 2);
        if (sign == '-')
        {
            while (end > _at && PythonText.IsSpace(_source[end - 1]))
            {
                end--;
            }
        }
        else if (sign != '+' && !isVariable)
        {
            int lineStart = tag;
            while (lineStart > _at && _source[lineStart - 1] != '\n' && PythonText.IsSpace(_source[lineStart - 1]))
            {
                lineStart--;
            }

            bool atLineStart = lineStart == 0 || _source[lineStart - 1] == '\n';
            end = atLineStart ? lineStart : end;
        }

        if (end > _at)
        {
            Add(TokenKind.Data, _source[_at..end]);
        }

        MoveTo(tag);
    }

    void SkipComment()
    {
        int close = _source.IndexOf("#}", _at, StringComparison.Ordinal);
        if (close < 0)
        {
            throw new TemplateException("Missing end of comment tag", _line);
        }

        char sign = close > _at ? _source[close - 1] : '\0';
        AfterTag(close + 2, sign);
    }

    /// <summary>Reads a raw block, if the tag at hand begins one.</summary>
    bool Raw()
    {
        int at = SkipSpace(_at);
        if (!Follows(at, "raw"))
        {
            return false;
        }

        at = SkipSpace(at + 3);
        bool strips = Follows(at, "-%}");
        if (!strips && !Follows(at, "%}"))
        {
            return false;
        }

        MoveTo(strips ? SkipSpace(at + 3) : at + 2);
        for (int tag = _at; ; tag++)
        {
            tag = _source.IndexOf("{%", tag, StringComparison.Ordinal);
            if (tag < 0)
            {
                throw new TemplateException("Missing end of raw directive", _line);
            }

            int name = SkipSpace(tag + 2 + (SignAt(tag + 2) == 0 ? 0 : 1));
            int end = Follows(name, "endraw") ? SkipSpace(name + 6) : -1;
            char sign = end < 0 ? '\0' : SignAt(end);
            if (end >= 0 && Follows(end + (sign == 0 ? 0 : 1), "%}"))
            {
                Text(tag, isVariable: false);
                AfterTag(end + (sign == 0 ? 2 : 3), sign);
                return true;
            }
        }
    }

    /// <summary>The tokens of one print statement or block tag.</summary>
    void Inside(TokenKind begin, TokenKind end, string close)
    {
        Add(begin, "");
        _open.Clear();
        while (true)
        {
            MoveTo(SkipSpace(_at));
            if (_at >= _source.Length)
            {
                return;
            }

            char sign = SignAt(_at);
            sign = sign == '+' && end == TokenKind.VariableEnd ? '\0' : sign;
            if (_open.Count == 0 && Follows(_at + (sign == 0 ? 0 : 1), close))
            {
                Add(end, "");
                int after = _at + (sign == 0 ? 2 : 3);
                if (end == TokenKind.BlockEnd)
                {
                    AfterTag(after, sign);
                }
                else
                {
                    MoveTo(sign == '-' ? SkipSpace(after) : after);
                }

                return;
            }

            Next();
        }
    }

    void Next()
    {
        char c = _source[_at];
        if (char.IsAsciiDigit(c))
        {
            Number();
        }
        else if (c is '\'' or '"')
        {
            (string value, int next) = StringLiteral.Read(_source, _at, _line);
            Add(TokenKind.String, value);
            MoveTo(next);
        }
        else if (IsWord(c))
        {
            int end = _at;
            while (end < _source.Length && IsWord(_source[end]))
            {
                end++;
            }

            string name = _source[_at..end];
            Add(TokenKind.Name, CharacterTests.IsIdentifier(name) ? name : throw new TemplateException("Invalid character in identifier", _line));
            MoveTo(end);
        }
        else
        {
            string op = Array.Find(Operators, candidate => Follows(_at, candidate))
                ?? throw new TemplateException($"unexpected char {(c == '\\' ? "'\\\\'" : $"'{c}'")} at {_at}", _line);
            Balance(op);
            Add(TokenKind.Operator, op);
            MoveTo(_at + op.Length);
        }
    }

    void Balance(string op)
    {
        if (op is "(" or "[" or "{")
        {
            _open.Push(op == "(" ? ')' : op == "[" ? ']' : '}');
        }
        else if (op is ")" or "]" or "}")
        {
            if (!_open.TryPop(out char expected))
            {
                throw new TemplateException($"unexpected '{op}'", _line);
            }

            if (expected != op[0])
            {
                throw new TemplateException($"unexpected '{op}', expected '{expected}'", _line);
            }
        }
    }

    void Number()
    {
        int end = NumberLiteral.FloatEnd(_source, _at);
        bool isFloat = end > 0 && (_at == 0 || _source[_at - 1] != '.');
        end = isFloat ? end : NumberLiteral.IntegerEnd(_source, _at);
        Add(isFloat ? TokenKind.Float : TokenKind.Integer, _source[_at..end].Replace("_", "", StringComparison.Ordinal));
        MoveTo(end);
    }

    /// <summary>Moves past a block or comment tag and what its sign or trim_blocks removes after it.</summary>
    void AfterTag(int end, char sign) =>
        MoveTo(sign == '-' ? SkipSpace(end) : sign != '+' && end < _source.Length && _source[end] == '\n' ? end + 1 : end);

    static bool IsWord(char c) => c == '_' || char.IsLetterOrDigit(c) || (c > '\x7f' && (char.IsSurrogate(c) || c is '\u00b7' or '\u0387'
        || char.GetUnicodeCategory(c) is System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.SpacingCombiningMark
            or System.Globalization.UnicodeCategory.ConnectorPunctuation or System.Globalization.UnicodeCategory.LetterNumber));

    bool Follows(int at, string text) => _source.AsSpan(Math.Min(at, _source.Length)).StartsWith(text, StringComparison.Ordinal);

    int SkipSpace(int at)
    {
        while (at < _source.Length && PythonText.IsSpace(_source[at]))
        {
            at++;
        }

        return at;
    }

    void MoveTo(int at)
    {
        _line += _source.AsSpan(_at, at - _at).Count('\n');
        _at = at;
    }

    void Add(TokenKind kind, string text) => _tokens.Add(new Token(kind, text, _line));
}
