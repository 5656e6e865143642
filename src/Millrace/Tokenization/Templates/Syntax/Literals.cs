using System.Text;

namespace Millrace.Tokenization.Templates.Syntax;

/// <summary>Where number literals end.</summary>
static class NumberLiteral
{
    /// <summary>The end of a float that begins here, or -1: digits, then a fraction, an exponent or both.</summary>
    public static int FloatEnd(string source, int at)
    {
        int whole = Digits(source, at);
        if (whole < 0)
        {
            return -1;
        }

        int fraction = whole < source.Length && source[whole] == '.' ? Digits(source, whole + 1) : -1;
        int mantissa = fraction < 0 ? whole : fraction;
        if (mantissa < source.Length && source[mantissa] is 'e' or 'E')
        {
            int sign = mantissa + 1 < source.Length && source[mantissa + 1] is '+' or '-' ? 1 : 0;
            int exponent = Digits(source, mantissa + 1 + sign);
            if (exponent > 0)
            {
                return exponent;
            }
        }

        return fraction;
    }

    /// <summary>The end of an integer that begins here: decimal without leading zeros, or 0b, 0o, 0x.</summary>
    public static int IntegerEnd(string source, int at)
    {
        if (source[at] == '0' && at + 2 < source.Length)
        {
            Func<char, bool>? isDigit = char.ToLowerInvariant(source[at + 1]) switch
            {
                'b' => c => c is '0' or '1',
                'o' => c => c is >= '0' and <= '7',
                'x' => char.IsAsciiHexDigit,
                _ => null,
            };
            int end = isDigit is null ? -1 : Run(source, at + 2, isDigit, underscoreFirst: true);
            if (end > 0)
            {
                return end;
            }
        }

        return Run(source, at, source[at] == '0' ? c => c == '0' : char.IsAsciiDigit, underscoreFirst: false);
    }

    static int Digits(string source, int at) => Run(source, at, char.IsAsciiDigit, underscoreFirst: false);

    static int Run(string source, int at, Func<char, bool> isDigit, bool underscoreFirst)
    {
        int end = -1;
        bool separated = !underscoreFirst;
        for (; at < source.Length; at++)
        {
            if (isDigit(source[at]))
            {
                end = at + 1;
                separated = false;
            }
            else if (source[at] == '_' && !separated)
            {
                separated = true;
            }
            else
            {
                break;
            }
        }

        return end;
    }
}

/// <summary>String literals, with Python's escapes.</summary>
static class StringLiteral
{
    /// <summary>The value of the literal that begins here, and the position after it.</summary>
    /// <exception cref="TemplateException">It does not end, or an escape is malformed.</exception>
    public static (string Value, int Next) Read(string source, int start, int line)
    {
        char quote = source[start];
        int at = start + 1;
        int end = source.AsSpan(at).IndexOfAny(quote, '\\');
        if (end >= 0 && source[at + end] == quote)
        {
            return (source[at..(at + end)], at + end + 1);
        }

        var value = new StringBuilder();
        while (at < source.Length && source[at] != quote)
        {
            if (source[at] != '\\' || at + 1 == source.Length)
            {
                value.Append(source[at++]);
                continue;
            }

            at = Escape(source, at + 1, value, line);
        }

        return at < source.Length ? (value.ToString(), at + 1) : throw new TemplateException($"unexpected char {(quote == '"' ? "'\"'" : "\"'\"")} at {start}", line);
    }

    static int Escape(string source, int at, StringBuilder value, int line)
    {
        const string Letters = "\\'\"abfnrtv";
        const string Characters = "\\'\"\a\b\f\n\r\t\v";
        char c = source[at];
        int simple = Letters.IndexOf(c, StringComparison.Ordinal);
        if (simple >= 0)
        {
            value.Append(Characters[simple]);
            return at + 1;
        }

        switch (c)
        {
            case '\n':
                return at + 1;
            case 'x':
                return Hex(source, at + 1, 2, "truncated \\xXX escape", value, line);
            case 'u':
                return Hex(source, at + 1, 4, "truncated \\uXXXX escape", value, line);
            case 'U':
                return Hex(source, at + 1, 8, "truncated \\UXXXXXXXX escape", value, line);
            case 'N':
                throw new TemplateException("\\N escapes are not supported", line);
            case >= '0' and <= '7':
                int code = 0, end = at;
                for (; end < at + 3 && end < source.Length && source[end] is >= '0' and <= '7'; end++)
                {
                    code = code * 8 + (source[end] - '0');
                }

                value.Append((char)code);
                return end;
            default:
                value.Append('\\').Append(c);
                return at + 1;
        }
    }

    static int Hex(string source, int at, int digits, string error, StringBuilder value, int line)
    {
        long code = 0;
        for (int i = at; i < at + digits; i++)
        {
            if (i >= source.Length || !char.IsAsciiHexDigit(source[i]))
            {
                throw new TemplateException(error, line);
            }

            code = code * 16 + Convert.ToInt32(source[i].ToString(), 16);
        }

        if (code > 0x10ffff)
        {
            throw new TemplateException("illegal Unicode character", line);
        }

        value.Append(code < 0x10000 ? ((char)code).ToString() : char.ConvertFromUtf32((int)code));
        return at + digits;
    }
}
