using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Runtime;

/// <summary>
/// value.name, value[key] and slices, as Jinja2's immutable sandbox allows them: underscored attributes and methods that
/// change a list or a dictionary are undefined, and using them is an error.
/// </summary>
static class Access
{
    const int LongestName = 100; // no attribute has a longer one

    static readonly HashSet<string> ListChanges = ["append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove"];
    static readonly HashSet<string> DictChanges = ["clear", "pop", "popitem", "setdefault", "update"];

    static readonly HashSet<string> ObjectInternals =
    [
        "__class__", "__delattr__", "__dir__", "__doc__", "__eq__", "__format__", "__ge__", "__getattribute__", "__getstate__",
        "__gt__", "__hash__", "__init__", "__init_subclass__", "__le__", "__lt__", "__ne__", "__new__", "__reduce__",
        "__reduce_ex__", "__repr__", "__setattr__", "__sizeof__", "__str__", "__subclasshook__",
    ];

    /// <summary>value.name: the attribute, else the item of that key, else undefined.</summary>
    public static Value Attribute(RenderContext context, Value value, string name)
    {
        if (value is UndefinedValue undefined)
        {
            throw undefined.Error();
        }

        return FindAttribute(value, name) ?? FindItem(context, value, new Str(name, trusted: true)) ?? Missing(value, name);
    }

    /// <summary>The attribute alone: never an item.</summary>
    public static Value AttributeOnly(Value value, string name) => value is UndefinedValue undefined
        ? throw undefined.Error()
        : FindAttribute(value, name) ?? Missing(value, name);

    /// <summary>value[key]: the item, else the attribute of that name, else undefined.</summary>
    public static Value Item(RenderContext context, Value value, Value key)
    {
        if (value is UndefinedValue undefined)
        {
            throw undefined.Error();
        }

        if (FindItem(context, value, key) is { } item)
        {
            return item;
        }

        if (key is Str name)
        {
            return FindAttribute(value, name.Text) ?? Missing(value, name.Text);
        }

        return new UndefinedValue($"{Describe(value)} has no element {PythonText.Repr(context, key).Text}");
    }

    /// <summary>value[start:stop:step] with null for what was left out.</summary>
    /// <exception cref="TemplateException">It cannot be sliced, the step is zero or a bound is no integer.</exception>
    public static Value Slice(RenderContext context, Value value, Value? start, Value? stop, Value? step)
    {
        if (value is UndefinedValue undefined)
        {
            throw undefined.Error();
        }

        if (value is not (Str or SequenceValue or RangeValue))
        {
            throw new TemplateException(value is DictValue ? "unhashable type: 'slice'" : $"'{value.TypeName}' object is not subscriptable");
        }

        ChargeScan(context, value as Str);
        int length = Iteration.Length(value)!.Value;
        int by = Bound(step, 1);
        if (by == 0)
        {
            throw new TemplateException("slice step cannot be zero");
        }

        int from = Clamp(Bound(start, by > 0 ? 0 : int.MaxValue), length, by);
        int to = stop is null or NoneValue ? (by > 0 ? length : -1) : Clamp(Bound(stop, 0), length, by);
        long span = by > 0 ? (long)to - from : (long)from - to;
        int count = span <= 0 ? 0 : (int)((span + Math.Abs((long)by) - 1) / Math.Abs((long)by));
        return value switch
        {
            Str text => SliceText(context, text, from, by, count),
            RangeValue range => new RangeValue(range.Start + range.Step * from, range.Start + range.Step * to, range.Step * by, count),
            ListValue list => new ListValue(Pick(context, list.Items, from, by, count)),
            _ => new TupleValue(Pick(context, ((SequenceValue)value).Items, from, by, count)),
        };
    }

    static Value? FindItem(RenderContext context, Value value, Value key)
    {
        if (value is DictValue dict)
        {
            context.ChargeHash(key);
            return key is ListValue or DictValue ? null : dict.Find(key);
        }

        if (Numbers.Integer(key) is not { } number || Iteration.Length(value) is not { } length || value is LoopValue or ViewValue)
        {
            return null;
        }

        number = number.Sign < 0 ? number + length : number;
        if (number.Sign < 0 || number >= length)
        {
            return null;
        }

        int at = (int)number;
        ChargeScan(context, value as Str);
        return value switch
        {
            Str text => text.Slice(text.ToUnit(at), text.ToUnit(at) + text.UnitsAt(text.ToUnit(at))),
            SequenceValue sequence => sequence.Items[at],
            RangeValue range => range[at],
            _ => null,
        };
    }

    static void ChargeScan(RenderContext context, Str? text)
    {
        if (text is not null && text.HasPairs)
        {
            context.Charge(text.Text.Length >> 4);
        }
    }

    static Value? FindAttribute(Value value, string name)
    {
        if (name.Length > LongestName)
        {
            return null;
        }

        Value? found = value switch
        {
            NamespaceValue space => space.Attributes.GetValueOrDefault(name),
            LoopValue loop => loop.Attribute(name),
            Str text => StringMethods.Find(text, name),
            _ => ObjectMethods.Find(value, name),
        };
        if (found is not null)
        {
            return found;
        }

        bool changes = (value is ListValue && ListChanges.Contains(name)) || (value is DictValue && DictChanges.Contains(name));
        return changes || ObjectInternals.Contains(name)
            ? new UndefinedValue($"access to attribute '{name}' of '{value.TypeName}' object is unsafe.")
            : null;
    }

    static UndefinedValue Missing(Value value, string name) =>
        new($"{(value is NoneValue ? "'None'" : $"'{Describe(value)}'")} has no attribute '{name}'");

    static string Describe(Value value) => value switch
    {
        NoneValue => "None",
        NamespaceValue or CyclerValue or JoinerValue => $"jinja2.utils.{value.TypeName} object",
        LoopValue or MacroValue => $"jinja2.runtime.{value.TypeName} object",
        Str { IsMarkup: true } => "markupsafe.Markup object",
        _ => $"{value.TypeName} object",
    };

    static int Bound(Value? bound, int otherwise) => bound is null or NoneValue ? otherwise : Numbers.Integer(bound) is null
        ? throw new TemplateException("slice indices must be integers or None or have an __index__ method")
        : Numbers.Small(bound, otherwise);

    static int Clamp(int position, int length, int step)
    {
        long at = position < 0 ? (long)position + length : position;
        return (int)Math.Clamp(at, step > 0 ? 0 : -1, step > 0 ? length : length - 1);
    }

    static Str SliceText(RenderContext context, Str text, int from, int step, int count)
    {
        if (step == 1 || count == 0)
        {
            int start = count == 0 ? 0 : text.ToUnit(from);
            int end = count == 0 ? 0 : text.ToUnit(from + count);
            context.ChargeCharacters(end - start);
            return text.Slice(start, end);
        }

        context.Charge(text.Text.Length >> 3);
        var starts = new int[text.Length];
        for (int at = 0, point = 0; at < text.Text.Length; at += text.UnitsAt(at))
        {
            starts[point++] = at;
        }

        var builder = new TextBuilder(context);
        for (int i = 0; i < count; i++)
        {
            int at = starts[from + i * step];
            builder.Append(text.Slice(at, at + text.UnitsAt(at)));
        }

        return builder.ToStr(text.IsMarkup);
    }

    static Value[] Pick(RenderContext context, Value[] items, int from, int step, int count)
    {
        context.ChargeElements(count);
        var picked = new Value[count];
        for (int i = 0; i < count; i++)
        {
            picked[i] = items[from + i * step];
        }

        return picked;
    }
}
