using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Runtime;

/// <summary>The filters that are generators: their elements are computed when they are asked for, and once.</summary>
static class StreamFilters
{
    public static void Register(Filter.Register add, Action<string, Filter.FreeBody> addFree)
    {
        add("batch", ["linecount", "fill_with"], (c, v, a) => new GeneratorValue(Batch(c, v, Numbers.Small(a[0], 0), a[1]), v), required: 1);
        add("slice", ["slices", "fill_with"], (c, v, a) => new GeneratorValue(Slice(c, v, Numbers.Small(a[0], 0), a[1]), v), required: 1);
        add("items", [], (c, v, _) => new GeneratorValue(Items(v), v));
        add("unique", ["case_sensitive", "attribute"], (c, v, a) => new GeneratorValue(Unique(c, v, a), v));
        addFree("map", (c, v, a) => new GeneratorValue(Map(c, v, a), v));
        addFree("select", (c, v, a) => new GeneratorValue(Select(c, v, a, wanted: true, byAttribute: false), v));
        addFree("reject", (c, v, a) => new GeneratorValue(Select(c, v, a, wanted: false, byAttribute: false), v));
        addFree("selectattr", (c, v, a) => new GeneratorValue(Select(c, v, a, wanted: true, byAttribute: true), v));
        addFree("rejectattr", (c, v, a) => new GeneratorValue(Select(c, v, a, wanted: false, byAttribute: true), v));
        addFree("format", Format);
    }

    static Value Format(RenderContext context, Value input, Arguments arguments)
    {
        if (arguments.Named.Length == 0)
        {
            return PercentFormat.Apply(context, PythonText.Soft(context, input), new TupleValue(arguments.Positional));
        }

        if (arguments.Positional.Length > 0)
        {
            throw new TemplateException("can't handle positional and keyword arguments at the same time");
        }

        var named = new DictValue();
        foreach ((string name, Value value) in arguments.Named)
        {
            named.Set(new Str(name, trusted: true), value);
        }

        return PercentFormat.Apply(context, PythonText.Soft(context, input), named);
    }

    static IEnumerable<Value> Batch(RenderContext context, Value input, int size, Value? fill)
    {
        List<Value> batch = [];
        foreach (Value item in Iteration.Of(context, input))
        {
            if (batch.Count == size)
            {
                yield return new ListValue([.. batch]);
                batch.Clear();
            }

            batch.Add(item);
        }

        if (batch.Count > 0)
        {
            if (fill is not null and not NoneValue && batch.Count < size)
            {
                context.ChargeElements(size - batch.Count);
                batch.AddRange(Enumerable.Repeat(fill, size - batch.Count));
            }

            yield return new ListValue([.. batch]);
        }
    }

    static IEnumerable<Value> Slice(RenderContext context, Value input, int slices, Value? fill)
    {
        Value[] items = Iteration.ToArray(context, input);
        if (slices == 0)
        {
            throw new TemplateException("integer division or modulo by zero");
        }

        int size = items.Length / slices, longer = items.Length % slices, start = 0;
        for (int number = 0; number < slices; number++)
        {
            int end = start + size + (number < longer ? 1 : 0);
            Value[] slice = items[start..end];
            yield return new ListValue(fill is not null and not NoneValue && number >= longer ? [.. slice, fill] : slice);
            start = end;
        }
    }

    static IEnumerable<Value> Items(Value input)
    {
        if (input is UndefinedValue)
        {
            return [];
        }

        return input is DictValue dict
            ? new ViewValue(dict, "dict_items").Elements()
            : Refuse(new TemplateException("Can only get item pairs from a mapping."));
    }

    static IEnumerable<Value> Unique(RenderContext context, Value input, Value?[] arguments)
    {
        Func<Value, Value> getter = Sorting.Getter(context, arguments[1], ignoreCase: arguments[0] is not { Truthy: true });
        HashSet<Value> seen = new(Comparison.Keys);
        foreach (Value item in Iteration.Of(context, input))
        {
            Value key = getter(item);
            Comparison.RequireHashable(key);
            context.ChargeHash(key);
            if (seen.Add(key))
            {
                yield return item;
            }
        }
    }

    static IEnumerable<Value> Map(RenderContext context, Value input, Arguments arguments)
    {
        if (!input.Truthy)
        {
            yield break;
        }

        Func<Value, Value> map = Mapper(context, arguments);
        foreach (Value item in Iteration.Of(context, input))
        {
            yield return map(item);
        }
    }

    static Func<Value, Value> Mapper(RenderContext context, Arguments arguments)
    {
        if (arguments.Positional.Length == 0 && arguments.Find("attribute") is { } attribute)
        {
            foreach ((string name, _) in arguments.Named)
            {
                if (name is not ("attribute" or "default"))
                {
                    throw new TemplateException($"Unexpected keyword argument '{name}'");
                }
            }

            return Sorting.Getter(context, attribute, ignoreCase: false, arguments.Find("default"));
        }

        if (arguments.Positional.Length == 0)
        {
            throw new TemplateException("map requires a filter argument");
        }

        Filter filter = Filter.Find(NameOf(arguments.Positional[0])) ?? throw new TemplateException($"No filter named '{NameOf(arguments.Positional[0])}'.");
        var rest = new Arguments(arguments.Positional[1..], arguments.Named);
        return item => filter.Apply(context, item, rest);
    }

    static IEnumerable<Value> Select(RenderContext context, Value input, Arguments arguments, bool wanted, bool byAttribute)
    {
        if (!input.Truthy)
        {
            yield break;
        }

        int used = byAttribute ? 1 : 0;
        if (arguments.Positional.Length < used)
        {
            throw new TemplateException("Missing parameter for attribute name");
        }

        Func<Value, Value> getter = Sorting.Getter(context, byAttribute ? arguments.Positional[0] : null);
        Func<Value, bool> test = item => item.Truthy;
        if (arguments.Positional.Length > used)
        {
            string name = NameOf(arguments.Positional[used]);
            Test named = Test.Find(name) ?? throw new TemplateException($"No test named '{name}'.");
            var rest = new Arguments(arguments.Positional[(used + 1)..], arguments.Named);
            test = item => named.Apply(context, item, rest);
        }

        foreach (Value item in Iteration.Of(context, input))
        {
            if (test(getter(item)) == wanted)
            {
                yield return item;
            }
        }
    }

    static string NameOf(Value value) => value is Str text ? text.Text : value.TypeName;

    static IEnumerable<Value> Refuse(TemplateException error)
    {
        yield return error is null ? NoneValue.Instance : throw error;
    }
}
