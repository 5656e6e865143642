using System.Numerics;
using System.Text;
using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Runtime;

/// <summary>Python's format(value, spec): <c>[[fill]align][sign][z][#][0][width][grouping][.precision][type]</c>.</summary>
sealed class FormatSpec
{
    readonly string _spec;
    string _fill = " ";
    char _align;
    char _sign;
    bool _alternate;
    int _width;
    char _grouping;
    int _precision = -1;
    char _type;

    FormatSpec(string spec)
    {
        _spec = spec;
        int at = Alignment();
        at = Flags(at);
        (_width, at) = Number(at);
        if (at < spec.Length && spec[at] is ',' or '_')
        {
            _grouping = spec[at++];
        }

        if (at < spec.Length && spec[at] == '.')
        {
            int start = ++at;
            (_precision, at) = Number(at);
            if (at == start)
            {
                throw new TemplateException("Format specifier missing precision");
            }
        }

        if (at < spec.Length)
        {
            _type = spec[at++];
        }

        if (at < spec.Length)
        {
            throw new TemplateException("Invalid format specifier");
        }
    }

    public static Str Apply(RenderContext context, Value value, string spec)
    {
        if (spec.Length == 0 || value is UndefinedValue)
        {
            return spec.Length == 0 ? PythonText.Of(context, value) : throw new TemplateException("unsupported format string passed to Undefined.__format__");
        }

        var format = new FormatSpec(spec);
        NumberFormat.CheckPrecision(value is Str ? 0 : format._precision);
        context.Charge(value is Str ? 0 : (long)format._precision * format._precision >> 12);
        return value switch
        {
            Str text => format.Text(context, text),
            IntValue or BoolValue or FloatValue => format.Numeric(context, value),
            _ => throw new TemplateException($"unsupported format string passed to {value.TypeName}.__format__"),
        };
    }

    int Alignment()
    {
        int units = _spec.Length > 1 && char.IsSurrogatePair(_spec[0], _spec[1]) ? 2 : 1;
        if (_spec.Length > units && _spec[units] is '<' or '>' or '=' or '^')
        {
            _fill = _spec[..units];
            _align = _spec[units];
            return units + 1;
        }

        if (_spec[0] is '<' or '>' or '=' or '^')
        {
            _align = _spec[0];
            return 1;
        }

        return 0;
    }

    int Flags(int at)
    {
        if (at < _spec.Length && _spec[at] is '+' or '-' or ' ')
        {
            _sign = _spec[at++];
        }

        if (at < _spec.Length && _spec[at] == '#')
        {
            _alternate = true;
            at++;
        }

        if (at < _spec.Length && _spec[at] == '0')
        {
            _fill = _align == 0 ? "0" : _fill;
            _align = _align == 0 ? '=' : _align;
            at++;
        }

        return at;
    }

    (int Number, int Next) Number(int at)
    {
        long number = 0;
        for (; at < _spec.Length && char.IsAsciiDigit(_spec[at]); at++)
        {
            number = Math.Min(int.MaxValue, number * 10 + (_spec[at] - '0'));
        }

        return ((int)number, at);
    }

    Str Text(RenderContext context, Str text)
    {
        if (_type is not ('\0' or 's'))
        {
            throw new TemplateException($"Unknown format code '{_type}' for object of type 'str'");
        }

        if (_grouping != 0)
        {
            throw new TemplateException($"Cannot specify '{_grouping}' with 's'.");
        }

        if (_sign != '\0' || _alternate)
        {
            throw new TemplateException($"{(_sign != '\0' ? "Sign" : "Alternate form (#)")} not allowed in string format specifier");
        }

        if (_align == '=')
        {
            _align = _fill == "0" ? '<' : throw new TemplateException("'=' alignment not allowed in string format specifier");
        }

        Str body = _precision >= 0 && _precision < text.Length ? text.Slice(0, text.ToUnit(_precision)) : text;
        return Pad(context, "", body, '<');
    }

    Str Numeric(RenderContext context, Value value)
    {
        bool integer = value is not FloatValue && _type is '\0' or 'b' or 'c' or 'd' or 'o' or 'x' or 'X' or 'n';
        if (value is FloatValue && _type is not ('\0' or 'e' or 'E' or 'f' or 'F' or 'g' or 'G' or 'n' or '%'))
        {
            throw new TemplateException($"Unknown format code '{_type}' for object of type 'float'");
        }

        if (!integer && _type is not ('\0' or 'e' or 'E' or 'f' or 'F' or 'g' or 'G' or 'n' or '%'))
        {
            throw new TemplateException($"Unknown format code '{_type}' for object of type 'int'");
        }

        return integer && value is not FloatValue ? Integer(context, Numbers.Integer(value)!.Value) : Real(context, Numbers.Float(value)!.Value);
    }

    Str Integer(RenderContext context, BigInteger number)
    {
        if (_precision >= 0)
        {
            throw new TemplateException("Precision not allowed in integer format specifier");
        }

        if (_type == 'c')
        {
            return Pad(context, "", PercentFormat.Apply(context, new Str("%c", true), IntValue.Of(number)), '<');
        }

        int radix = _type switch { 'b' => 2, 'o' => 8, 'x' or 'X' => 16, _ => 10 };
        string digits = NumberFormat.Integer(number, radix);
        digits = _type == 'X' ? digits.ToUpperInvariant() : digits;
        string prefix = _alternate && radix != 10 ? $"0{_type}" : "";
        return Pad(context, SignOf(number.Sign < 0) + prefix, new Str(Group(digits, "", radix == 10 ? 3 : 4, SignOf(number.Sign < 0).Length + prefix.Length), true), '>');
    }

    Str Real(RenderContext context, double number)
    {
        string body;
        if (_type == '\0' && _precision < 0)
        {
            body = PythonText.ReprOfFloat(Math.Abs(number));
        }
        else if (_type == '\0')
        {
            body = NumberFormat.Float(number, 'g', _precision, _alternate);
            body = double.IsFinite(number) && !body.Contains('.', StringComparison.Ordinal) && !body.Contains('e', StringComparison.Ordinal) ? body + ".0" : body;
        }
        else
        {
            char style = _type switch { '%' => 'f', 'n' => 'g', _ => _type };
            body = NumberFormat.Float(_type == '%' ? number * 100 : number, style, _precision < 0 ? 6 : _precision, _alternate) + (_type == '%' ? "%" : "");
        }

        string sign = SignOf(double.IsNegative(number) && !double.IsNaN(number));
        int whole = body.AsSpan().IndexOfAnyExceptInRange('0', '9');
        whole = whole < 0 ? body.Length : whole;
        return Pad(context, sign, new Str(whole == 0 ? body : Group(body[..whole], body[whole..], 3, sign.Length), true), '>');
    }

    string SignOf(bool negative) => negative ? "-" : _sign is '\0' or '-' ? "" : _sign.ToString();

    /// <summary>The digits with separators, and with leading zeros where those fill the width.</summary>
    string Group(string digits, string rest, int size, int before)
    {
        if (_grouping == 0)
        {
            return digits + rest;
        }

        if (_fill == "0" && _align == '=')
        {
            int room = Math.Min(_width, NumberFormat.MaxPrecision) - before - rest.Length;
            int count = digits.Length;
            while (count + (count - 1) / size < room)
            {
                count++;
            }

            digits = digits.PadLeft(count, '0');
        }

        var grouped = new StringBuilder(digits.Length * 2);
        for (int i = 0; i < digits.Length; i++)
        {
            grouped.Append(i > 0 && (digits.Length - i) % size == 0 ? _grouping.ToString() : "").Append(digits[i]);
        }

        return grouped.Append(rest).ToString();
    }

    Str Pad(RenderContext context, string sign, Str body, char alignment)
    {
        alignment = _align == 0 ? alignment : _align;
        int missing = Math.Max(0, _width - sign.Length - body.Length);
        int left = alignment switch { '<' => 0, '^' => missing / 2, _ => missing };
        var builder = new TextBuilder(context);
        if (alignment == '=')
        {
            builder.Append(sign, trusted: true);
        }

        Fill(builder, left);
        if (alignment != '=')
        {
            builder.Append(sign, trusted: true);
        }

        builder.Append(body);
        Fill(builder, missing - left);
        return builder.ToStr();
    }

    void Fill(TextBuilder builder, int count)
    {
        for (int i = 0; i < count; i++)
        {
            builder.Append(_fill, trusted: true);
        }
    }
}
