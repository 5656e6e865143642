using System.Numerics;
using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Runtime;

/// <summary>Python's <c>pattern % values</c>. Each piece of the result keeps its own trust.</summary>
sealed class PercentFormat
{
    readonly RenderContext _context;
    readonly Str _pattern;
    readonly Value _values;
    readonly TextBuilder _builder;
    int _next;
    int _at;

    PercentFormat(RenderContext context, Str pattern, Value values)
    {
        (_context, _pattern, _values) = (context, pattern, values);
        _builder = new TextBuilder(context);
    }

    public static Str Apply(RenderContext context, Str pattern, Value values) => new PercentFormat(context, pattern, values).Run();

    Str Run()
    {
        string text = _pattern.Text;
        while (_at < text.Length)
        {
            int percent = text.IndexOf('%', _at);
            int end = percent < 0 ? text.Length : percent;
            _builder.Append(_pattern.Slice(_at, end));
            _at = end;
            if (percent >= 0)
            {
                _at++;
                Conversion();
            }
        }

        int given = _values is TupleValue tuple ? tuple.Items.Length : 1;
        if (_next < given && _values is not (DictValue or ListValue or RangeValue or UndefinedValue))
        {
            throw new TemplateException("not all arguments converted during string formatting");
        }

        return _builder.ToStr(_pattern.IsMarkup);
    }

    void Conversion()
    {
        _context.Charge();
        Value? keyed = Peek() == '(' ? ByKey() : null;
        string flags = "";
        while ("-+ #0".Contains(Peek(), StringComparison.Ordinal))
        {
            char flag = Take();
            flags = flags.Contains(flag, StringComparison.Ordinal) ? flags : flags + flag;
        }

        int width = Amount();
        if (width < 0)
        {
            (flags, width) = (flags + "-", -width);
        }

        int precision = -1;
        if (Peek() == '.')
        {
            _at++;
            precision = Math.Max(0, Amount());
        }

        while (Peek() is 'h' or 'l' or 'L')
        {
            _at++;
        }

        char kind = Take();
        if (kind == '%')
        {
            _builder.Append('%', _pattern.IsTrusted);
            return;
        }

        Emit(kind, keyed ?? Next(), flags, width, precision);
    }

    void Emit(char kind, Value value, string flags, int width, int precision)
    {
        int places = kind is 's' or 'r' or 'a' ? 0 : precision;
        NumberFormat.CheckPrecision(places);
        _context.Charge(1 + (places * places >> 12));
        string sign = "", prefix = "";
        Str body;
        switch (kind)
        {
            case 's' or 'r' or 'a':
                body = kind == 's' ? _pattern.IsMarkup ? Html.Escape(PythonText.Soft(_context, value)) : PythonText.Of(_context, value) : PythonText.Repr(_context, value, ascii: kind == 'a');
                body = precision >= 0 && precision < body.Length ? body.Slice(0, body.ToUnit(precision)) : body;
                flags = flags.Replace("0", "", StringComparison.Ordinal);
                break;
            case 'c':
                body = Character(value);
                flags = flags.Replace("0", "", StringComparison.Ordinal);
                break;
            case 'd' or 'i' or 'u' or 'o' or 'x' or 'X':
                (BigInteger number, string digits) = Digits(kind, value);
                sign = number.Sign < 0 ? "-" : Positive(flags);
                prefix = kind is 'o' or 'x' or 'X' && flags.Contains('#', StringComparison.Ordinal) ? $"0{kind}" : "";
                body = new Str(digits.PadLeft(Math.Max(0, precision), '0'), trusted: true);
                break;
            case 'e' or 'E' or 'f' or 'F' or 'g' or 'G':
                double real = Numbers.Float(value) ?? throw NotReal(value);
                sign = real < 0 || (real == 0 && double.IsNegative(real)) ? "-" : Positive(flags);
                body = new Str(NumberFormat.Float(real, kind, precision < 0 ? 6 : precision, flags.Contains('#', StringComparison.Ordinal)), trusted: true);
                break;
            default:
                throw new TemplateException($"unsupported format character '{kind}' (0x{(int)kind:x}) at index {_pattern.ToPoint(_at - 1)}");
        }

        int missing = Math.Max(0, width - body.Length - sign.Length - prefix.Length);
        bool left = flags.Contains('-', StringComparison.Ordinal);
        bool zeros = !left && flags.Contains('0', StringComparison.Ordinal);
        _builder.Append(' ', trusted: true, left || zeros ? 0 : missing);
        _builder.Append(sign + prefix, trusted: true);
        _builder.Append('0', trusted: true, zeros ? missing : 0);
        _builder.Append(body);
        _builder.Append(' ', trusted: true, left ? missing : 0);
    }

    static string Positive(string flags) => flags.Contains('+', StringComparison.Ordinal) ? "+" : flags.Contains(' ', StringComparison.Ordinal) ? " " : "";

    static (BigInteger Number, string Digits) Digits(char kind, Value value)
    {
        BigInteger? number = Numbers.Integer(value);
        if (kind is 'd' or 'i' or 'u' && value is FloatValue { Value: var real })
        {
            number = double.IsFinite(real) ? new BigInteger(real) : throw new TemplateException(
                double.IsNaN(real) ? "cannot convert float NaN to integer" : "cannot convert float infinity to integer");
        }

        if (number is not { } integer)
        {
            if (value is UndefinedValue undefined && kind is 'd' or 'i' or 'u')
            {
                throw undefined.Error();
            }

            throw kind is 'd' or 'i' or 'u'
                ? new TemplateException($"%{kind} format: a real number is required, not {value.TypeName}")
                : new TemplateException($"%{kind} format: an integer is required, not {value.TypeName}");
        }

        string digits = NumberFormat.Integer(integer, kind switch { 'o' => 8, 'x' or 'X' => 16, _ => 10 });
        return (integer, kind == 'X' ? digits.ToUpperInvariant() : digits);
    }

    static Str Character(Value value)
    {
        if (value is Str { Length: 1 } text)
        {
            return text;
        }

        if (Numbers.Integer(value) is not { } code)
        {
            throw new TemplateException("%c requires int or char");
        }

        if (code < 0 || code > 0x10ffff)
        {
            throw new TemplateException("%c arg not in range(0x110000)");
        }

        return new Str(code >= 0xd800 && code < 0xe000 ? ((char)(int)code).ToString() : char.ConvertFromUtf32((int)code), trusted: false);
    }

    static TemplateException NotReal(Value value) =>
        (value as UndefinedValue)?.Error() ?? new TemplateException($"must be real number, not {value.TypeName}");

    Value ByKey()
    {
        int start = ++_at, depth = 1;
        for (; depth > 0; _at++)
        {
            if (_at >= _pattern.Text.Length)
            {
                throw new TemplateException("incomplete format key");
            }

            depth += _pattern.Text[_at] switch { '(' => 1, ')' => -1, _ => 0 };
        }

        if (_values is not DictValue dict)
        {
            throw new TemplateException("format requires a mapping");
        }

        string key = _pattern.Text[start..(_at - 1)];
        return dict.Find(key) ?? throw new TemplateException($"'{key}'");
    }

    int Amount()
    {
        if (Peek() == '*')
        {
            _at++;
            Value value = Next();
            return Numbers.Integer(value) is null ? throw new TemplateException("* wants int") : Numbers.Small(value, 0);
        }

        long amount = 0;
        for (; char.IsAsciiDigit(Peek()); _at++)
        {
            amount = Math.Min(int.MaxValue, amount * 10 + (Peek() - '0'));
        }

        return (int)amount;
    }

    Value Next()
    {
        int index = _next++;
        return _values is TupleValue tuple
            ? index < tuple.Items.Length ? tuple.Items[index] : throw new TemplateException("not enough arguments for format string")
            : index == 0 ? _values : throw new TemplateException("not enough arguments for format string");
    }

    char Peek() => _at < _pattern.Text.Length ? _pattern.Text[_at] : '\0';

    char Take() => _at < _pattern.Text.Length ? _pattern.Text[_at++] : throw new TemplateException("incomplete format");
}
