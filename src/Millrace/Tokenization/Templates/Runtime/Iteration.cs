using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Runtime;

/// <summary>Python's iter(), len() and list().</summary>
static class Iteration
{
    public static bool IsIterable(Value value) => value
        is Str or SequenceValue or DictValue or ViewValue or RangeValue or GeneratorValue or UndefinedValue or LoopValue;

    /// <summary>The elements of a value; each one asked for is a step.</summary>
    /// <exception cref="TemplateException">It is not iterable.</exception>
    public static IEnumerable<Value> Of(RenderContext context, Value value)
    {
        if (!IsIterable(value))
        {
            throw new TemplateException($"'{value.TypeName}' object is not iterable");
        }

        return Elements(context, value);
    }

    /// <summary>The number of elements, or null where Python's len() refuses.</summary>
    public static int? Length(Value value) => value switch
    {
        Str text => text.Length,
        SequenceValue sequence => sequence.Items.Length,
        DictValue dict => dict.Count,
        ViewValue view => view.Dict.Count,
        RangeValue range => range.Count,
        UndefinedValue => 0,
        LoopValue loop => loop.Length,
        _ => null,
    };

    /// <summary>The elements in an array, which the caller may keep but not change.</summary>
    /// <exception cref="TemplateException">It is not iterable, or the elements are too many.</exception>
    public static Value[] ToArray(RenderContext context, Value value)
    {
        if (value is SequenceValue sequence)
        {
            return sequence.Items;
        }

        if (Length(value) is { } known)
        {
            context.ChargeElements(known);
        }

        List<Value> items = [];
        foreach (Value item in Of(context, value))
        {
            context.ChargeElements(1);
            items.Add(item);
        }

        return [.. items];
    }

    static Value? Next(RenderContext context, GeneratorValue generator)
    {
        context.EnsureStack(); // a generator may draw on another, and so on
        return generator.Next();
    }

    static IEnumerable<Value> Elements(RenderContext context, Value value)
    {
        switch (value)
        {
            case SequenceValue sequence:
                foreach (Value item in sequence.Items)
                {
                    context.Charge();
                    yield return item;
                }

                break;
            case Str text:
                for (int at = 0; at < text.Text.Length;)
                {
                    context.Charge();
                    int next = at + text.UnitsAt(at);
                    yield return text.Slice(at, next).WithMarkup(false);
                    at = next;
                }

                break;
            case RangeValue range:
                for (int i = 0; i < range.Count; i++)
                {
                    context.Charge();
                    yield return range[i];
                }

                break;
            case GeneratorValue generator:
                while (Next(context, generator) is { } item)
                {
                    context.Charge();
                    yield return item;
                }

                break;
            case LoopValue loop:
                while (loop.Advance())
                {
                    context.Charge();
                    yield return new TupleValue([loop.Current, loop]);
                }

                break;
            case DictValue or ViewValue:
                ViewValue view = value as ViewValue ?? new ViewValue((DictValue)value, "dict_keys");
                foreach (Value item in view.Elements())
                {
                    context.Charge();
                    yield return item;
                }

                break;
        }
    }
}
