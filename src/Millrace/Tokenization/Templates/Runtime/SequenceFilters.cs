using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Runtime;

/// <summary>The filters on lists, dictionaries and whatever else has elements, that give their result at once.</summary>
static class SequenceFilters
{
    public static void Register(Filter.Register add)
    {
        add("attr", ["name"], (_, v, a) => Access.AttributeOnly(v, StringMethods.Text(a[0]!, "attr").Text), required: 1);
        add("count", [], (_, v, _) => Length(v));
        add("length", [], (_, v, _) => Length(v));
        add("d", ["default_value", "boolean"], Default);
        add("default", ["default_value", "boolean"], Default);
        add("dictsort", ["case_sensitive", "by", "reverse"], DictSort);
        add("first", [], (c, v, _) => First(c, v));
        add("last", [], Last);
        add("groupby", ["attribute", "default", "case_sensitive"], GroupBy, required: 1);
        add("join", ["d", "attribute"], Join);
        add("list", [], (c, v, _) => v as ListValue ?? new ListValue(Iteration.ToArray(c, v)));
        add("max", ["case_sensitive", "attribute"], (c, v, a) => Extreme(c, v, a, sign: 1));
        add("min", ["case_sensitive", "attribute"], (c, v, a) => Extreme(c, v, a, sign: -1));
        add("reverse", [], Reverse);
        add("sort", ["reverse", "case_sensitive", "attribute"], Sort);
        add("sum", ["attribute", "start"], Sum);
    }

    static IntValue Length(Value value) => Iteration.Length(value) is { } length
        ? IntValue.Of(length)
        : throw new TemplateException($"object of type '{value.TypeName}' has no len()");

    static Value Default(RenderContext context, Value input, Value?[] arguments) =>
        input is UndefinedValue || (arguments[1] is { Truthy: true } && !input.Truthy) ? arguments[0] ?? Str.Empty : input;

    static Value DictSort(RenderContext context, Value input, Value?[] arguments)
    {
        DictValue dict = input as DictValue ?? throw (input as UndefinedValue)?.Error()
            ?? new TemplateException($"'{input.TypeName}' object has no attribute 'items'");
        string by = arguments[1] is Str text ? text.Text : "key";
        if (by is not ("key" or "value"))
        {
            throw new TemplateException("You can only sort by either \"key\" or \"value\"");
        }

        Value[] pairs = Iteration.ToArray(context, new ViewValue(dict, "dict_items"));
        bool ignoreCase = arguments[0] is not { Truthy: true };
        return new ListValue(Sorting.Sort(context, pairs, Key, arguments[2] is { Truthy: true }));

        Value Key(Value pair)
        {
            Value key = ((TupleValue)pair).Items[by == "key" ? 0 : 1];
            return ignoreCase ? Sorting.IgnoreCase(key) : key;
        }
    }

    static Value First(RenderContext context, Value input)
    {
        foreach (Value item in Iteration.Of(context, input))
        {
            return item;
        }

        return new UndefinedValue("No first item, sequence was empty.");
    }

    static Value Last(RenderContext context, Value input, Value?[] arguments)
    {
        if (input is not (Str or SequenceValue or DictValue or ViewValue or RangeValue or UndefinedValue))
        {
            throw new TemplateException($"'{input.TypeName}' object is not reversible");
        }

        return input switch
        {
            Str text => text.Length == 0 ? new UndefinedValue("No last item, sequence was empty.") : Access.Item(context, text, IntValue.Of(-1)),
            _ => Iteration.ToArray(context, input) is [.., Value last] ? last : new UndefinedValue("No last item, sequence was empty."),
        };
    }

    static Value GroupBy(RenderContext context, Value input, Value?[] arguments)
    {
        bool ignoreCase = arguments[2] is not { Truthy: true };
        Func<Value, Value> key = Sorting.Getter(context, arguments[0], ignoreCase, arguments[1]);
        Func<Value, Value> shown = Sorting.Getter(context, arguments[0], ignoreCase: false, arguments[1]);
        Value[] sorted = Sorting.Sort(context, Iteration.ToArray(context, input), key, reverse: false);
        List<Value> groups = [];
        for (int start = 0, end; start < sorted.Length; start = end)
        {
            Value first = key(sorted[start]);
            for (end = start + 1; end < sorted.Length && Comparison.Equal(context, first, key(sorted[end]));)
            {
                end++;
            }

            groups.Add(new TupleValue([shown(sorted[start]), new ListValue(sorted[start..end])], isGroup: true));
        }

        return new ListValue([.. groups]);
    }

    static Value Join(RenderContext context, Value input, Value?[] arguments)
    {
        Str separator = arguments[0] is null ? Str.Empty : PythonText.Of(context, arguments[0]!);
        Func<Value, Value>? getter = arguments[1] is null or NoneValue ? null : Sorting.Getter(context, arguments[1]);
        var builder = new TextBuilder(context);
        bool first = true;
        foreach (Value item in Iteration.Of(context, input))
        {
            if (!first)
            {
                builder.Append(separator);
            }

            first = false;
            builder.Append(PythonText.Of(context, getter is null ? item : getter(item)));
        }

        return builder.ToStr();
    }

    static Value Extreme(RenderContext context, Value input, Value?[] arguments, int sign)
    {
        Func<Value, Value> getter = Sorting.Getter(context, arguments[1], ignoreCase: arguments[0] is not { Truthy: true });
        Value? best = null, bestKey = null;
        foreach (Value item in Iteration.Of(context, input))
        {
            Value key = getter(item);
            if (bestKey is null || Comparison.Order(context, key, bestKey, sign > 0 ? ">" : "<") is { } order && Math.Sign(order) == sign)
            {
                (best, bestKey) = (item, key);
            }
        }

        return best ?? new UndefinedValue("No aggregated item, sequence was empty.");
    }

    static Value Reverse(RenderContext context, Value input, Value?[] arguments)
    {
        if (input is Str text)
        {
            return Access.Slice(context, text, null, null, IntValue.Of(-1));
        }

        if (!Iteration.IsIterable(input))
        {
            throw new TemplateException("argument must be iterable");
        }

        Value[] reversed = [.. Iteration.ToArray(context, input)];
        context.ChargeElements(reversed.Length);
        Array.Reverse(reversed);
        return input switch
        {
            ListValue => new GeneratorValue(reversed, input, "list_reverseiterator"),
            TupleValue => new GeneratorValue(reversed, input, "reversed"),
            DictValue => new GeneratorValue(reversed, input, "dict_reversekeyiterator"),
            ViewValue view => new GeneratorValue(reversed, input, view.TypeName switch
            {
                "dict_keys" => "dict_reversekeyiterator",
                "dict_values" => "dict_reversevalueiterator",
                _ => "dict_reverseitemiterator",
            }),
            RangeValue => new GeneratorValue(reversed, input, "range_iterator"),
            UndefinedValue => new GeneratorValue(reversed, input, "reversed"),
            _ => new ListValue(reversed),
        };
    }

    static Value Sort(RenderContext context, Value input, Value?[] arguments)
    {
        Func<Value, Value> key = Sorting.MultiGetter(context, arguments[2], ignoreCase: arguments[1] is not { Truthy: true });
        return new ListValue(Sorting.Sort(context, [.. Iteration.ToArray(context, input)], key, arguments[0] is { Truthy: true }));
    }

    static Value Sum(RenderContext context, Value input, Value?[] arguments)
    {
        Func<Value, Value> getter = Sorting.Getter(context, arguments[0]);
        Value total = arguments[1] ?? IntValue.Of(0);
        if (total is Str)
        {
            throw new TemplateException("sum() can't sum strings [use ''.join(seq) instead]");
        }

        foreach (Value item in Iteration.Of(context, input))
        {
            total = Operators.Binary(context, "+", total, getter(item));
        }

        return total;
    }
}
