using System.Numerics;
using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Runtime;

/// <summary>The functions that every template finds: Jinja2's (but lipsum, which is random) and those of transformers.</summary>
static class Globals
{
    const int MaxRange = 100_000; // as Jinja2's sandbox has it

    public static readonly IReadOnlyDictionary<string, Value> Functions = new Dictionary<string, Value>
    {
        ["range"] = Function("range", Range),
        ["dict"] = Function("dict", Dict),
        ["namespace"] = Function("namespace", Namespace),
        ["cycler"] = Function("cycler", (_, arguments) => arguments.Positional.Length > 0
            ? new CyclerValue(arguments.Positional)
            : throw new TemplateException("at least one item has to be provided")),
        ["joiner"] = Function("joiner", (_, arguments) => new JoinerValue(arguments.Bind("joiner", ["sep"])[0] ?? new Str(", ", trusted: true))),
        ["raise_exception"] = Function("raise_exception", (context, arguments) =>
            throw new TemplateException(PythonText.Of(context, arguments.Bind("raise_exception", ["message"], 1)[0]!).Text)),
        ["strftime_now"] = Function("strftime_now", (context, arguments) =>
            Strftime.Format(context, context.Now, StringMethods.Text(arguments.Bind("strftime_now", ["format"], 1)[0]!, "strftime"))),
    };

    static FunctionValue Function(string name, Func<RenderContext, Arguments, Value> body) => new(name, body);

    static Value Range(RenderContext context, Arguments arguments)
    {
        Value[] given = arguments.Positional;
        if (given.Length is 0 or > 3 || arguments.Named.Length > 0)
        {
            throw new TemplateException($"range expected {(given.Length == 0 ? "at least 1 argument" : "at most 3 arguments")}, got {given.Length}");
        }

        BigInteger[] numbers = Array.ConvertAll(given, value => Numbers.Integer(value) ?? throw (value as UndefinedValue)?.Error()
            ?? new TemplateException($"'{value.TypeName}' object cannot be interpreted as an integer"));
        BigInteger start = numbers.Length == 1 ? 0 : numbers[0];
        BigInteger stop = numbers.Length == 1 ? numbers[0] : numbers[1];
        BigInteger step = numbers.Length == 3 ? numbers[2] : 1;
        if (step.IsZero)
        {
            throw new TemplateException("range() arg 3 must not be zero");
        }

        BigInteger count = BigInteger.Max(0, Numbers.FloorDivide(stop - start + step - step.Sign, step));
        return count <= MaxRange
            ? new RangeValue(start, stop, step, (int)count)
            : throw new TemplateException($"Range too big. The sandbox blocks ranges larger than MAX_RANGE ({MaxRange}).");
    }

    static Value Dict(RenderContext context, Arguments arguments)
    {
        var dict = new DictValue();
        Fill(context, arguments, "dict", dict.Set);
        return dict;
    }

    static Value Namespace(RenderContext context, Arguments arguments)
    {
        var space = new NamespaceValue();
        Fill(context, arguments, "namespace", (key, value) => space.Attributes[PythonText.Of(context, key).Text] = value);
        return space;
    }

    static void Fill(RenderContext context, Arguments arguments, string function, Action<Value, Value> set)
    {
        if (arguments.Positional.Length > 1)
        {
            throw new TemplateException($"{function} expected at most 1 argument, got {arguments.Positional.Length}");
        }

        Value? source = arguments.Positional.Length == 0 ? null : arguments.Positional[0];
        if (source is DictValue mapping)
        {
            source = new ViewValue(mapping, "dict_items");
        }

        int index = 0;
        foreach (Value pair in source is null ? [] : Iteration.Of(context, source))
        {
            if (!Iteration.IsIterable(pair) || Iteration.ToArray(context, pair) is not [Value key, Value value])
            {
                throw new TemplateException($"cannot convert dictionary update sequence element #{index} to a sequence");
            }

            context.ChargeElements(2);
            context.ChargeHash(key);
            set(key, value);
            index++;
        }

        foreach ((string name, Value value) in arguments.Named)
        {
            set(new Str(name, trusted: true), value);
        }
    }
}
