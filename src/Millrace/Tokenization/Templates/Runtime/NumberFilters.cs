using System.Globalization;
using System.Numerics;
using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Runtime;

/// <summary>The filters on numbers.</summary>
static class NumberFilters
{
    public static void Register(Filter.Register add)
    {
        add("abs", [], (_, v, _) => v is FloatValue number ? new FloatValue(Math.Abs(number.Value))
            : Numbers.Integer(v) is { } integer ? IntValue.Of(BigInteger.Abs(integer))
            : throw (v as UndefinedValue)?.Error() ?? new TemplateException($"bad operand type for abs(): '{v.TypeName}'"));
        add("int", ["default", "base"], (c, v, a) => ToInteger(c, v, Numbers.Small(a[1], 10)) ?? a[0] ?? IntValue.Of(0));
        add("float", ["default"], (c, v, a) => ToFloat(c, v) is { } number ? new FloatValue(number) : a[0] ?? new FloatValue(0));
        add("round", ["precision", "method"], Round);
        add("filesizeformat", ["binary"], FileSize);
    }

    static IntValue? ToInteger(RenderContext context, Value value, int radix)
    {
        context.Charge(value is Str { Text.Length: var digits and < 5_000 } ? digits * digits >> 10 : 0); // 4300 digits are the most
        if (value is UndefinedValue undefined)
        {
            throw undefined.Error();
        }

        BigInteger? integer = value is Str text ? Numbers.ParseInteger(text.Text, radix)
            : value is FloatValue { Value: var number } && double.IsFinite(number) ? new BigInteger(number)
            : Numbers.Integer(value);
        if (integer is null && value is FloatValue { Value: double.PositiveInfinity or double.NegativeInfinity })
        {
            throw new TemplateException("cannot convert float infinity to integer");
        }

        if (integer is null && ToFloat(context, value) is { } real && double.IsFinite(real))
        {
            integer = new BigInteger(real);
        }

        return integer is { } result ? IntValue.Of(result) : null;
    }

    /// <summary>Python's float(), or null where it refuses.</summary>
    static double? ToFloat(RenderContext context, Value value)
    {
        if (value is UndefinedValue undefined)
        {
            throw undefined.Error();
        }

        if (value is not Str text)
        {
            return Numbers.Float(value);
        }

        context.ChargeCharacters(text.Text.Length);
        context.ChargeScan(text.Text);
        string trimmed = PythonText.Strip(text.Text).ToString();
        string digits = trimmed.TrimStart('+', '-').ToLowerInvariant();
        double sign = trimmed.StartsWith('-') ? -1 : 1;
        if (trimmed.Length - digits.Length > 1)
        {
            return null;
        }

        if (digits is "inf" or "infinity" or "nan")
        {
            return digits == "nan" ? double.NaN : sign * double.PositiveInfinity;
        }

        for (int i = 0; i < digits.Length; i++)
        {
            bool misplaced = digits[i] == '_' && (i == 0 || i + 1 == digits.Length || !char.IsAsciiDigit(digits[i - 1]) || !char.IsAsciiDigit(digits[i + 1]));
            if (misplaced || !(char.IsAsciiDigit(digits[i]) || digits[i] is '_' or '.' or 'e' or '+' or '-'))
            {
                return null;
            }
        }

        return double.TryParse(digits.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double result)
            ? sign * result
            : null;
    }

    static Value Round(RenderContext context, Value input, Value?[] arguments)
    {
        string method = arguments[1] is Str name ? name.Text : "common";
        if (method is not ("common" or "ceil" or "floor"))
        {
            throw new TemplateException("method must be common, ceil or floor");
        }

        int precision = Numbers.Small(arguments[0], 0);
        context.Charge(Math.Min(Math.Abs((long)precision), 400) >> 3);
        double number = Numbers.Float(input) ?? throw (input as UndefinedValue)?.Error() ?? new TemplateException(
            method == "common" ? $"type {input.TypeName} doesn't define __round__ method" : $"must be real number, not {input.TypeName}");
        if (method != "common")
        {
            Value scale = Operators.Binary(context, "**", IntValue.Of(10), IntValue.Of(precision));
            double scaled = Numbers.Float(Operators.Binary(context, "*", input, scale))!.Value;
            if (!double.IsFinite(scaled))
            {
                throw new TemplateException(double.IsNaN(scaled) ? "cannot convert float NaN to integer" : "cannot convert float infinity to integer");
            }

            Value whole = IntValue.Of(new BigInteger(method == "ceil" ? Math.Ceiling(scaled) : Math.Floor(scaled)));
            return Operators.Binary(context, "/", whole, scale);
        }

        return Numbers.Integer(input) is { } integer ? RoundInteger(integer, precision) : new FloatValue(NumberFormat.Round(number, precision));
    }

    static IntValue RoundInteger(BigInteger integer, int digits)
    {
        if (digits >= 0)
        {
            return IntValue.Of(integer);
        }

        if (digits < -IntValue.MaxBits)
        {
            return IntValue.Of(0);
        }

        BigInteger unit = BigInteger.Pow(10, -digits);
        BigInteger quotient = Numbers.FloorDivide(integer, unit);
        int half = ((integer - quotient * unit) * 2).CompareTo(unit);
        return IntValue.Of((half > 0 || (half == 0 && !quotient.IsEven) ? quotient + 1 : quotient) * unit);
    }

    static Value FileSize(RenderContext context, Value input, Value?[] arguments)
    {
        double bytes = ToFloat(context, input) ?? throw new TemplateException($"could not convert {input.TypeName} to float");
        bool binary = arguments[0] is { Truthy: true };
        double unit = binary ? 1024 : 1000;
        if (bytes == 1 || bytes < unit)
        {
            return new Str(bytes == 1 ? "1 Byte" : $"{(long)bytes} Bytes", trusted: true);
        }

        const string Prefixes = "kMGTPEZY";
        int power = 0;
        double size = bytes / unit;
        for (; power < Prefixes.Length - 1 && size >= unit; power++)
        {
            size /= unit;
        }

        char prefix = binary ? char.ToUpperInvariant(Prefixes[power]) : Prefixes[power];
        return new Str($"{NumberFormat.Float(size, 'f', 1)} {prefix}{(binary ? "i" : "")}B", trusted: true);
    }
}
