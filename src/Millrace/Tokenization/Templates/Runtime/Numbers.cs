using System.Numerics;
using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Runtime;

/// <summary>Python's arithmetic on int, bool and float.</summary>
static class Numbers
{
    /// <summary>The integer that an int or a bool is, or null.</summary>
    public static BigInteger? Integer(Value? value) => value switch
    {
        IntValue number => number.Value,
        BoolValue flag => flag.Value ? BigInteger.One : BigInteger.Zero,
        _ => null,
    };

    /// <summary>The double that a number is, or null.</summary>
    /// <exception cref="TemplateException">An integer too large for it.</exception>
    public static double? Float(Value? value) => value is FloatValue number ? number.Value : Integer(value) is { } integer ? ToDouble(integer) : null;

    /// <summary>A small integer argument, clamped to 32 bits; the default where it was not given.</summary>
    /// <exception cref="TemplateException">It is no integer.</exception>
    public static int Small(Value? value, int otherwise) => value is null ? otherwise : Integer(value) is { } number
        ? (int)BigInteger.Clamp(number, int.MinValue, int.MaxValue)
        : throw (value as UndefinedValue)?.Error() ?? new TemplateException($"'{value.TypeName}' object cannot be interpreted as an integer");

    /// <summary>The result of an operator on two numbers, or null where one is no number.</summary>
    public static Value? Apply(RenderContext context, string op, Value left, Value right)
    {
        if (Integer(left) is { } a && Integer(right) is { } b)
        {
            context.Charge(a.GetBitLength() * b.GetBitLength() >> 17);
            return op switch
            {
                "+" => IntValue.Of(a + b),
                "-" => IntValue.Of(a - b),
                "*" => IntValue.Of(a * b),
                "/" => Divide(a, b),
                "//" => b.IsZero ? throw DivisionByZero("integer division or modulo by zero") : IntValue.Of(FloorDivide(a, b)),
                "%" => b.IsZero ? throw DivisionByZero("integer modulo by zero") : IntValue.Of(a - FloorDivide(a, b) * b),
                _ => Power(context, a, b),
            };
        }

        if (Float(left) is not { } x || Float(right) is not { } y)
        {
            return null;
        }

        return new FloatValue(op switch
        {
            "+" => x + y,
            "-" => x - y,
            "*" => x * y,
            "/" => y == 0 ? throw DivisionByZero("float division by zero") : x / y,
            "//" => y == 0 ? throw DivisionByZero("float floor division by zero") : FloorDivide(x, y),
            "%" => y == 0 ? throw DivisionByZero("float modulo") : Modulo(x, y),
            _ => Power(x, y),
        });
    }

    /// <summary>Rounds towards minus infinity, as Python does.</summary>
    public static BigInteger FloorDivide(BigInteger a, BigInteger b)
    {
        BigInteger quotient = BigInteger.DivRem(a, b, out BigInteger rest);
        return !rest.IsZero && (rest.Sign < 0) != (b.Sign < 0) ? quotient - 1 : quotient;
    }

    /// <summary>Python's int() of a text: optional sign, digits with single underscores between them; null where it is no number.</summary>
    public static BigInteger? ParseInteger(string text, int radix)
    {
        ReadOnlySpan<char> digits = PythonText.Strip(text);
        bool negative = digits.StartsWith("-");
        digits = digits.StartsWith("-") || digits.StartsWith("+") ? digits[1..] : digits;
        int prefixed = digits.Length > 1 && digits[0] == '0' ? char.ToLowerInvariant(digits[1]) switch { 'b' => 2, 'o' => 8, 'x' => 16, _ => 0 } : 0;
        if (prefixed != 0 && (radix == prefixed || radix == 0))
        {
            radix = prefixed;
            digits = digits[2..].StartsWith("_") ? digits[3..] : digits[2..];
        }

        radix = radix == 0 ? 10 : radix;
        if (digits.Length is 0 or > 4300 || digits[0] == '_' || digits[^1] == '_' || digits.Contains("__", StringComparison.Ordinal))
        {
            return null;
        }

        BigInteger value = BigInteger.Zero;
        foreach (char digit in digits)
        {
            if (digit == '_')
            {
                continue;
            }

            int number = char.IsDigit(digit) ? (int)char.GetNumericValue(digit) : char.IsAsciiLetter(digit) ? (digit | 0x20) - 'a' + 10 : radix;
            if (number >= radix)
            {
                return null;
            }

            value = value * radix + number;
        }

        return negative ? -value : value;
    }

    /// <exception cref="TemplateException">Too large.</exception>
    public static double ToDouble(BigInteger value)
    {
        double number = (double)value;
        return double.IsInfinity(number) ? throw new TemplateException("int too large to convert to float") : number;
    }

    static TemplateException DivisionByZero(string message) => new(message);

    static FloatValue Divide(BigInteger a, BigInteger b)
    {
        if (b.IsZero)
        {
            throw DivisionByZero("division by zero");
        }

        if (BigInteger.Abs(a) <= 1L << 53 && BigInteger.Abs(b) <= 1L << 53)
        {
            return new FloatValue((double)a / (double)b);
        }

        // One rounding only: scale so that the quotient has over 64 bits, then let the conversion round to even.
        int shift = (int)Math.Max(0, 66 + b.GetBitLength() - a.GetBitLength());
        BigInteger quotient = BigInteger.DivRem(BigInteger.Abs(a) << shift, BigInteger.Abs(b), out BigInteger rest);
        quotient = rest.IsZero ? quotient : quotient | 1;
        double result = Math.ScaleB(RoundToDouble(quotient), -shift);
        return double.IsInfinity(result)
            ? throw new TemplateException("integer division result too large for a float")
            : new FloatValue(a.Sign * b.Sign < 0 ? -result : result);
    }

    static double RoundToDouble(BigInteger positive)
    {
        int drop = (int)Math.Max(0, positive.GetBitLength() - 64);
        BigInteger top = positive >> drop;
        return Math.ScaleB((double)(ulong)((top << drop) == positive ? top : top | 1), drop);
    }

    static Value Power(RenderContext context, BigInteger a, BigInteger b)
    {
        if (b.Sign < 0)
        {
            return a.IsZero
                ? throw DivisionByZero("0.0 cannot be raised to a negative power")
                : new FloatValue(Power(ToDouble(a), ToDouble(b)));
        }

        if (BigInteger.Abs(a) > 1 && b * a.GetBitLength() > 2 * IntValue.MaxBits)
        {
            throw new TemplateException($"an integer of more than {IntValue.MaxBits} bits");
        }

        context.Charge(a.GetBitLength());
        int exponent = BigInteger.Abs(a) <= 1 ? (int)(b % 2) + (b.IsZero ? 0 : 2) : (int)b;
        return IntValue.Of(BigInteger.Pow(a, exponent));
    }

    static double Power(double x, double y)
    {
        if (x == 0 && y < 0)
        {
            throw DivisionByZero("0.0 cannot be raised to a negative power");
        }

        double result = Math.Pow(x, y);
        if (double.IsNaN(result) && !double.IsNaN(x) && !double.IsNaN(y))
        {
            throw new TemplateException("complex numbers are not supported");
        }

        return double.IsInfinity(result) && double.IsFinite(x) && double.IsFinite(y)
            ? throw new TemplateException("(34, 'Numerical result out of range')")
            : result;
    }

    static double Modulo(double x, double y)
    {
        double rest = x % y;
        if (rest == 0)
        {
            return Math.CopySign(0, y);
        }

        return rest < 0 != y < 0 ? rest + y : rest;
    }

    static double FloorDivide(double x, double y)
    {
        double rest = Modulo(x, y);
        double quotient = (x - rest) / y;
        if (quotient == 0)
        {
            return Math.CopySign(0, x / y);
        }

        double floor = Math.Floor(quotient);
        return quotient - floor > 0.5 ? floor + 1 : floor;
    }
}
