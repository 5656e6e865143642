using System.Numerics;
using System.Runtime.CompilerServices;
using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Runtime;

/// <summary>Python's ==, &lt;, hash() and in.</summary>
static class Comparison
{
    const int MaxKeySize = 100; // elements nested in a tuple, so that looking it up stays cheap

    /// <summary>Compares the keys of dictionaries.</summary>
    public static readonly IEqualityComparer<Value> Keys = new KeyComparer();

    /// <summary>a == b; what is nested in them is counted as steps, except for keys, whose size is limited.</summary>
    public static bool Equal(RenderContext? context, Value a, Value b)
    {
        context?.Charge(1 + (a is Str { Text.Length: var length } ? length >> 6 : 0));
        if (ReferenceEquals(a, b))
        {
            return a is not FloatValue { Value: double.NaN };
        }

        return (a, b) switch
        {
            (Str x, Str y) => x.Text == y.Text,
            (FloatValue or IntValue or BoolValue, FloatValue or IntValue or BoolValue) => CompareNumbers(a, b) == 0,
            (ListValue x, ListValue y) => EqualItems(context, x.Items, y.Items),
            (TupleValue x, TupleValue y) => EqualItems(context, x.Items, y.Items),
            (DictValue x, DictValue y) => EqualDicts(context, x, y),
            (RangeValue x, RangeValue y) => x.Count == y.Count && (x.Count == 0 || (x.Start == y.Start && (x.Count == 1 || x.Step == y.Step))),
            (UndefinedValue, UndefinedValue) => true,
            (ViewValue { TypeName: not "dict_values" } x, ViewValue y) => x.TypeName == y.TypeName && EqualViews(context, x, y),
            _ => false,
        };
    }

    /// <summary>The sign of a - b for two numbers; null where one of them is not a number (NaN).</summary>
    public static int? CompareNumbers(Value a, Value b)
    {
        if (a is not FloatValue && b is not FloatValue)
        {
            return Numbers.Integer(a)!.Value.CompareTo(Numbers.Integer(b)!.Value);
        }

        double x = a is FloatValue f ? f.Value : 0;
        double y = b is FloatValue g ? g.Value : 0;
        if (double.IsNaN(x) || double.IsNaN(y))
        {
            return null;
        }

        if (a is FloatValue && b is FloatValue)
        {
            return x.CompareTo(y);
        }

        return a is FloatValue ? CompareFloat(x, Numbers.Integer(b)!.Value) : -CompareFloat(y, Numbers.Integer(a)!.Value);
    }

    /// <summary>The order of two values.</summary>
    /// <param name="context">The rendering.</param>
    /// <param name="a">The left one.</param>
    /// <param name="b">The right one.</param>
    /// <param name="op">The operator, for the message.</param>
    /// <returns>Negative, zero or positive; null where all comparisons are false (NaN).</returns>
    /// <exception cref="TemplateException">They have no order.</exception>
    public static int? Order(RenderContext context, Value a, Value b, string op = "<")
    {
        context.Charge();
        switch (a, b)
        {
            case (UndefinedValue undefined, _):
                throw undefined.Error();
            case (_, UndefinedValue undefined):
                throw undefined.Error();
            case (Str x, Str y):
                return CompareText(x.Text, y.Text);
            case (FloatValue or IntValue or BoolValue, FloatValue or IntValue or BoolValue):
                return CompareNumbers(a, b);
            case (ListValue x, ListValue y):
                return OrderItems(context, x.Items, y.Items, op);
            case (TupleValue x, TupleValue y):
                return OrderItems(context, x.Items, y.Items, op);
            default:
                throw new TemplateException($"'{op}' not supported between instances of '{a.TypeName}' and '{b.TypeName}'");
        }
    }

    /// <summary>Compares strings by code points (UTF-16 order differs above the surrogates).</summary>
    public static int CompareText(string a, string b)
    {
        int same = a.AsSpan().CommonPrefixLength(b);
        if (same == a.Length || same == b.Length)
        {
            return a.Length.CompareTo(b.Length);
        }

        char x = a[same], y = b[same];
        return char.IsSurrogate(x) == char.IsSurrogate(y) ? x.CompareTo(y) : char.IsSurrogate(x) ? 1 : -1;
    }

    /// <exception cref="TemplateException">The value cannot be the key of a dictionary.</exception>
    public static void RequireHashable(Value key)
    {
        if (key is ListValue or DictValue)
        {
            throw new TemplateException($"unhashable type: '{key.TypeName}'");
        }

        if (key is TupleValue tuple)
        {
            int size = 0;
            CheckTuple(tuple, ref size);
        }
    }

    /// <summary>Python's <c>element in container</c>.</summary>
    /// <exception cref="TemplateException">The container is none.</exception>
    public static bool Contains(RenderContext context, Value container, Value element)
    {
        switch (container)
        {
            case Str text:
                context.Charge(text.Text.Length >> 6);
                return element is Str part
                    ? TextSearch.First(text.Text, part.Text) >= 0
                    : throw new TemplateException($"'in <string>' requires string as left operand, not {element.TypeName}");
            case DictValue dict:
                context.ChargeHash(element);
                return dict.Find(element) is not null;
            case RangeValue range when Numbers.Integer(element) is { } number:
                return InRange(range, number);
            default:
                if (!Iteration.IsIterable(container))
                {
                    throw new TemplateException($"argument of type '{container.TypeName}' is not iterable");
                }

                foreach (Value candidate in Iteration.Of(context, container))
                {
                    if (Equal(context, candidate, element))
                    {
                        return true;
                    }
                }

                return false;
        }
    }

    static void CheckTuple(TupleValue tuple, ref int size)
    {
        foreach (Value item in tuple.Items)
        {
            if (++size > MaxKeySize)
            {
                throw new TemplateException($"a key of more than {MaxKeySize} elements");
            }

            if (item is TupleValue inner)
            {
                CheckTuple(inner, ref size);
            }
            else
            {
                RequireHashable(item);
            }
        }
    }

    static bool InRange(RangeValue range, BigInteger number)
    {
        BigInteger index = BigInteger.DivRem(number - range.Start, range.Step, out BigInteger rest);
        return rest.IsZero && index >= 0 && index < range.Count;
    }

    static int CompareFloat(double x, BigInteger y)
    {
        if (double.IsInfinity(x))
        {
            return x > 0 ? 1 : -1;
        }

        double whole = Math.Floor(x);
        int order = new BigInteger(whole).CompareTo(y);
        return order != 0 ? order : x > whole ? 1 : 0;
    }

    static bool EqualItems(RenderContext? context, Value[] a, Value[] b)
    {
        context?.EnsureStack();
        if (a.Length != b.Length)
        {
            return false;
        }

        for (int i = 0; i < a.Length; i++)
        {
            if (!Equal(context, a[i], b[i]))
            {
                return false;
            }
        }

        return true;
    }

    static bool EqualDicts(RenderContext? context, DictValue a, DictValue b)
    {
        context?.EnsureStack();
        if (a.Count != b.Count)
        {
            return false;
        }

        foreach ((Value key, Value value) in a.Entries)
        {
            if (b.Find(key) is not { } other || !Equal(context, value, other))
            {
                return false;
            }
        }

        return true;
    }

    static bool EqualViews(RenderContext? context, ViewValue a, ViewValue b) => a.TypeName == "dict_items"
        ? EqualDicts(context, a.Dict, b.Dict)
        : a.Dict.Count == b.Dict.Count && a.Dict.Entries.All(entry => b.Dict.Find(entry.Key) is not null);

    static int? OrderItems(RenderContext context, Value[] a, Value[] b, string op)
    {
        context.EnsureStack();
        for (int i = 0; i < a.Length && i < b.Length; i++)
        {
            if (!Equal(context, a[i], b[i]))
            {
                return Order(context, a[i], b[i], op);
            }
        }

        return a.Length.CompareTo(b.Length);
    }

    sealed class KeyComparer : IEqualityComparer<Value>
    {
        public bool Equals(Value? x, Value? y) => Equal(null, x!, y!);

        public int GetHashCode(Value obj) => obj switch
        {
            Str text => text.Text.GetHashCode(),
            BoolValue or IntValue => HashCode.Combine(Numbers.Integer(obj)!.Value),
            FloatValue { Value: var f } => double.IsInteger(f) ? HashCode.Combine(new BigInteger(f)) : HashCode.Combine(f),
            TupleValue tuple => HashItems(tuple),
            RangeValue range => range.Count,
            UndefinedValue => 0,
            _ => RuntimeHelpers.GetHashCode(obj),
        };

        int HashItems(TupleValue tuple)
        {
            var hash = new HashCode();
            foreach (Value item in tuple.Items)
            {
                hash.Add(GetHashCode(item));
            }

            return hash.ToHashCode();
        }
    }
}
