using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Runtime;

/// <summary>The binary and unary operators on any values.</summary>
static class Operators
{
    /// <summary>left op right, for + - * / // % and **.</summary>
    /// <exception cref="TemplateException">The operands do not go together.</exception>
    public static Value Binary(RenderContext context, string op, Value left, Value right)
    {
        if (left is UndefinedValue || right is UndefinedValue)
        {
            return op == "%" && left is Str pattern && right is UndefinedValue
                ? PercentFormat.Apply(context, pattern, right)
                : throw ((left as UndefinedValue) ?? (UndefinedValue)right).Error();
        }

        return Numbers.Apply(context, op, left, right) ?? (op, left, right) switch
        {
            ("+", Str a, Str b) => Join(context, a, b),
            ("+", ListValue a, ListValue b) => new ListValue(Chain(context, a.Items, b.Items)),
            ("+", TupleValue a, TupleValue b) => new TupleValue(Chain(context, a.Items, b.Items)),
            ("+", Str or SequenceValue, _) => throw new TemplateException(
                $"can only concatenate {left.TypeName} (not \"{right.TypeName}\") to {left.TypeName}"),
            ("*", Str or SequenceValue, _) => Repeat(context, left, right),
            ("*", _, Str or SequenceValue) => Repeat(context, right, left),
            ("%", Str text, _) => PercentFormat.Apply(context, text, right),
            _ => throw new TemplateException(
                $"unsupported operand type(s) for {(op == "**" ? "** or pow()" : op)}: '{left.TypeName}' and '{right.TypeName}'"),
        };
    }

    /// <summary>-value and +value.</summary>
    public static Value Sign(string op, Value value) => value switch
    {
        FloatValue number => op == "-" ? new FloatValue(-number.Value) : number,
        IntValue or BoolValue => IntValue.Of(op == "-" ? -Numbers.Integer(value)!.Value : Numbers.Integer(value)!.Value),
        UndefinedValue undefined => throw undefined.Error(),
        _ => throw new TemplateException($"bad operand type for unary {op}: '{value.TypeName}'"),
    };

    /// <summary>One comparison.</summary>
    public static bool Compare(RenderContext context, string op, Value left, Value right)
    {
        if (left is Str a && right is Str b)
        {
            context.Charge(Math.Min(a.Text.Length, b.Text.Length) >> 6);
        }
        else if (left is SequenceValue list)
        {
            context.Charge(list.Items.Length);
        }

        return op switch
        {
            "==" => Comparison.Equal(context, left, right),
            "!=" => !Comparison.Equal(context, left, right),
            "in" => Comparison.Contains(context, right, left),
            "not in" => !Comparison.Contains(context, right, left),
            "<" => Comparison.Order(context, left, right, op) < 0,
            "<=" => Comparison.Order(context, left, right, op) <= 0,
            ">" => Comparison.Order(context, left, right, op) > 0,
            _ => Comparison.Order(context, left, right, op) >= 0,
        };
    }

    static Str Join(RenderContext context, Str a, Str b)
    {
        bool markup = a.IsMarkup || b.IsMarkup;
        var builder = new TextBuilder(context);
        builder.Append(markup ? Html.Escape(a) : a);
        builder.Append(markup ? Html.Escape(b) : b);
        return builder.ToStr(markup);
    }

    static Value[] Chain(RenderContext context, Value[] a, Value[] b)
    {
        context.ChargeElements((long)a.Length + b.Length);
        return [.. a, .. b];
    }

    static Value Repeat(RenderContext context, Value value, Value times)
    {
        if (Numbers.Integer(times) is null)
        {
            throw new TemplateException($"can't multiply sequence by non-int of type '{times.TypeName}'");
        }

        int count = Math.Max(0, Numbers.Small(times, 0));
        if (value is Str text)
        {
            context.ChargeCharacters((long)text.Text.Length * count);
            var builder = new TextBuilder(context);
            for (int i = 0; i < count && text.Text.Length > 0; i++)
            {
                builder.Append(text);
            }

            return builder.ToStr(text.IsMarkup);
        }

        Value[] items = ((SequenceValue)value).Items;
        context.ChargeElements((long)items.Length * count);
        var repeated = new Value[items.Length * count];
        for (int i = 0; i < repeated.Length; i++)
        {
            repeated[i] = items[i % items.Length];
        }

        return value is ListValue ? new ListValue(repeated) : new TupleValue(repeated);
    }
}
