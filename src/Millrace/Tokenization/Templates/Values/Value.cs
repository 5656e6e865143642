using System.Numerics;

namespace Millrace.Tokenization.Templates.Values;

/// <summary>
/// A value of a template. The set is closed: a template reaches these classes and nothing else of the process. All are
/// immutable but namespaces, loops, generators, cyclers and joiners.
/// </summary>
abstract class Value
{
    /// <summary>The deepest nesting of containers that may be built, so that recursive operations need no limit of their own.</summary>
    public const int MaxDepth = 200;

    /// <summary>The name of the Python type that it stands for.</summary>
    public abstract string TypeName { get; }

    /// <summary>Python's bool().</summary>
    public virtual bool Truthy => true;

    /// <summary>How many containers are nested in it.</summary>
    public virtual int Depth => 0;

    /// <summary>The depth of a container of such an element.</summary>
    /// <exception cref="TemplateException">It would be more than <see cref="MaxDepth"/>.</exception>
    public static int DepthAround(Value element, int soFar = 1)
    {
        int depth = Math.Max(soFar, element.Depth + 1);
        return depth <= MaxDepth ? depth : throw new TemplateException($"values nested more than {MaxDepth} deep");
    }
}

/// <summary>None.</summary>
sealed class NoneValue : Value
{
    public static readonly NoneValue Instance = new();

    NoneValue()
    {
    }

    public override string TypeName => "NoneType";

    public override bool Truthy => false;
}

/// <summary>True or False.</summary>
sealed class BoolValue : Value
{
    public static readonly BoolValue True = new(true);
    public static readonly BoolValue False = new(false);

    BoolValue(bool value) => Value = value;

    public bool Value { get; }

    public override string TypeName => "bool";

    public override bool Truthy => Value;

    public static BoolValue Of(bool value) => value ? True : False;
}

/// <summary>An integer of any size up to <see cref="MaxBits"/>.</summary>
sealed class IntValue : Value
{
    /// <summary>The longest integer, in bits.</summary>
    public const int MaxBits = 1 << 14;

    static readonly IntValue[] Small = [.. Enumerable.Range(-16, 288).Select(number => new IntValue(number))];

    IntValue(BigInteger value) => Value = value;

    public BigInteger Value { get; }

    public override string TypeName => "int";

    public override bool Truthy => !Value.IsZero;

    public static IntValue Of(long value) => value is >= -16 and < 272 ? Small[value + 16] : new(value);

    public static IntValue Of(BigInteger value)
    {
        if (value.GetBitLength() > MaxBits)
        {
            throw new TemplateException($"an integer of more than {MaxBits} bits");
        }

        return value >= -16 && value < 272 ? Small[(int)value + 16] : new(value);
    }
}

/// <summary>A double-precision number.</summary>
sealed class FloatValue(double value) : Value
{
    public double Value { get; } = value;

    public override string TypeName => "float";

    public override bool Truthy => Value != 0;
}

/// <summary>
/// Jinja2's Undefined: what a missing name, key or element gives. Prints as nothing, is false, iterates over nothing; any
/// other use of it raises its message.
/// </summary>
sealed class UndefinedValue(string message) : Value
{
    public string Message { get; } = message;

    public override string TypeName => "Undefined";

    public override bool Truthy => false;

    /// <summary>The error that a use of it is.</summary>
    public TemplateException Error() => new(Message);
}
