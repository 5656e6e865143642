using System.Globalization;
using System.Numerics;
using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Runtime;

/// <summary>Numbers as C's printf and Python write them: exact decimals, ties to even.</summary>
static class NumberFormat
{
    /// <summary>The most digits after the point.</summary>
    public const int MaxPrecision = 4300;

    /// <summary>The magnitude of a float in the style of one of the letters e f g E F G; the sign is the caller's.</summary>
    /// <param name="value">The number.</param>
    /// <param name="style">The letter.</param>
    /// <param name="precision">Digits after the point, or significant digits for g.</param>
    /// <param name="alternate">Keeps the point, and for g the zeros.</param>
    public static string Float(double value, char style, int precision, bool alternate = false)
    {
        CheckPrecision(precision);
        if (!double.IsFinite(value))
        {
            string name = double.IsNaN(value) ? "nan" : "inf";
            return char.IsUpper(style) ? name.ToUpperInvariant() : name;
        }

        string text = char.ToLowerInvariant(style) switch
        {
            'f' => Fixed(Math.Abs(value), precision) + (precision == 0 && alternate ? "." : ""),
            'e' => Scientific(Math.Abs(value), precision, alternate),
            _ => General(Math.Abs(value), Math.Max(1, precision), alternate),
        };
        return char.IsUpper(style) ? text.ToUpperInvariant() : text;
    }

    /// <summary>The magnitude of an integer in radix 2, 8, 10 or 16, in small letters.</summary>
    public static string Integer(BigInteger value, int radix)
    {
        value = BigInteger.Abs(value);
        if (radix == 10)
        {
            return value.ToString(CultureInfo.InvariantCulture);
        }

        string digits = radix switch
        {
            16 => value.ToString("x", CultureInfo.InvariantCulture),
            2 => value.ToString("b", CultureInfo.InvariantCulture),
            _ => Octal(value),
        };
        string trimmed = digits.TrimStart('0');
        return trimmed.Length == 0 ? "0" : trimmed;
    }

    /// <summary>round(value, digits): the nearest decimal, ties to even, as a float again.</summary>
    public static double Round(double value, int digits)
    {
        if (!double.IsFinite(value) || value == 0 || digits > 323)
        {
            return value;
        }

        if (digits < -308)
        {
            return Math.CopySign(0, value);
        }

        string text = digits >= 0 ? Fixed(Math.Abs(value), digits) : Scaled(Math.Abs(value), digits) + $"E{-digits}";
        return Math.CopySign(double.Parse(text, CultureInfo.InvariantCulture), value);
    }

    /// <exception cref="TemplateException">More than <see cref="MaxPrecision"/> digits.</exception>
    public static void CheckPrecision(int precision)
    {
        if (precision > MaxPrecision)
        {
            throw new TemplateException("precision too big");
        }
    }

    static string Fixed(double magnitude, int precision)
    {
        string digits = Scaled(magnitude, precision).ToString(CultureInfo.InvariantCulture).PadLeft(precision + 1, '0');
        return precision == 0 ? digits : $"{digits[..^precision]}.{digits[^precision..]}";
    }

    static string Scientific(double magnitude, int precision, bool alternate)
    {
        (string digits, int exponent) = Significant(magnitude, precision);
        string fraction = precision > 0 || alternate ? "." + digits[1..] : "";
        return $"{digits[0]}{fraction}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
    }

    static string General(double magnitude, int precision, bool alternate)
    {
        (string digits, int exponent) = Significant(magnitude, precision - 1);
        bool scientific = exponent < -4 || exponent >= precision;
        string text = scientific
            ? $"{digits[0]}.{digits[1..]}"
            : exponent < 0
                ? "0." + new string('0', -exponent - 1) + digits
                : $"{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}";
        text = alternate ? text : text.TrimEnd('0').TrimEnd('.');
        return scientific ? $"{text}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}" : text;
    }

    /// <summary>precision + 1 significant digits, and the decimal exponent of the first.</summary>
    static (string Digits, int Exponent) Significant(double magnitude, int precision)
    {
        if (magnitude == 0)
        {
            return (new string('0', precision + 1), 0);
        }

        string sketch = magnitude.ToString("E16", CultureInfo.InvariantCulture);
        int exponent = int.Parse(sketch[(sketch.IndexOf('E', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture);
        string digits = Scaled(magnitude, precision - exponent).ToString(CultureInfo.InvariantCulture);
        if (digits.Length <= precision)
        {
            exponent--; // the sketch was rounded up to the next power of ten
            digits = Scaled(magnitude, precision - exponent).ToString(CultureInfo.InvariantCulture);
        }

        return digits.Length > precision + 1 ? (digits[..(precision + 1)], exponent + 1) : (digits, exponent);
    }

    /// <summary>The integer nearest to magnitude * 10^power, ties to even, computed exactly.</summary>
    static BigInteger Scaled(double magnitude, int power)
    {
        long bits = BitConverter.DoubleToInt64Bits(magnitude);
        int biased = (int)(bits >> 52) & 0x7ff;
        BigInteger numerator = (bits & ((1L << 52) - 1)) | (biased == 0 ? 0 : 1L << 52);
        int exponent = (biased == 0 ? 1 : biased) - 1075;
        BigInteger denominator = BigInteger.One;
        numerator *= power > 0 ? BigInteger.Pow(10, power) : 1;
        denominator *= power < 0 ? BigInteger.Pow(10, -power) : 1;
        numerator <<= Math.Max(0, exponent);
        denominator <<= Math.Max(0, -exponent);
        BigInteger quotient = BigInteger.DivRem(numerator, denominator, out BigInteger rest);
        int half = (rest << 1).CompareTo(denominator);
        return half > 0 || (half == 0 && !quotient.IsEven) ? quotient + 1 : quotient;
    }

    static string Octal(BigInteger value)
    {
        var digits = new System.Text.StringBuilder();
        string binary = value.ToString("b", CultureInfo.InvariantCulture);
        binary = binary.PadLeft((binary.Length + 2) / 3 * 3, '0');
        for (int i = 0; i < binary.Length; i += 3)
        {
            digits.Append((char)('0' + (binary[i] - '0') * 4 + (binary[i + 1] - '0') * 2 + (binary[i + 2] - '0')));
        }

        return digits.ToString();
    }
}
