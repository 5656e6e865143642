using System.Numerics;
using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Runtime;

/// <summary>The attributes and methods of everything but strings, loops and namespaces.</summary>
static class ObjectMethods
{
    /// <summary>The attribute of that name, or null.</summary>
    public static Value? Find(Value self, string name) => self switch
    {
        DictValue dict => OfDict(dict, name),
        TupleValue { IsGroup: true } group when name is "grouper" or "list" => group.Items[name == "list" ? 1 : 0],
        SequenceValue sequence => OfSequence(sequence, name),
        RangeValue range => OfRange(range, name),
        CyclerValue cycler => OfCycler(cycler, name),
        IntValue or BoolValue => OfInteger(Numbers.Integer(self)!.Value, name),
        FloatValue number => name switch
        {
            "is_integer" => Method(name, (_, _) => BoolValue.Of(double.IsInteger(number.Value))),
            "real" => number,
            "imag" => new FloatValue(0),
            "conjugate" => Method(name, (_, _) => number),
            _ => null,
        },
        MacroValue macro => name switch
        {
            "name" => macro.Name is null ? NoneValue.Instance : new Str(macro.Name, trusted: true),
            "arguments" => new TupleValue([.. macro.Parameters.Select(parameter => new Str(parameter, trusted: true))]),
            _ => null,
        },
        _ => null,
    };

    static FunctionValue Method(string name, Func<RenderContext, Arguments, Value> body) => new(name, body, isMethod: true);

    static FunctionValue? OfDict(DictValue dict, string name) => name switch
    {
        "items" or "keys" or "values" => Method(name, (_, arguments) =>
        {
            arguments.Bind(name, []);
            return new ViewValue(dict, "dict_" + name);
        }),
        "get" => Method(name, (context, arguments) =>
        {
            Value?[] bound = arguments.Bind(name, ["key", "default"], 1);
            context.ChargeHash(bound[0]!);
            return dict.Find(bound[0]!) ?? bound[1] ?? NoneValue.Instance;
        }),
        "copy" => Method(name, (_, _) => dict),
        _ => null,
    };

    static FunctionValue? OfSequence(SequenceValue sequence, string name) => name switch
    {
        "count" => Method(name, (context, arguments) =>
        {
            Value sought = arguments.Bind(name, ["value"], 1)[0]!;
            context.Charge(sequence.Items.Length);
            return IntValue.Of(sequence.Items.Count(item => Comparison.Equal(context, item, sought)));
        }),
        "index" => Method(name, (context, arguments) =>
        {
            Value?[] bound = arguments.Bind(name, ["value", "start", "stop"], 1);
            context.Charge(sequence.Items.Length);
            int length = sequence.Items.Length;
            int start = Position(bound[1], 0, length);
            int stop = Position(bound[2], length, length);
            for (int i = start; i < stop; i++)
            {
                if (Comparison.Equal(context, sequence.Items[i], bound[0]!))
                {
                    return IntValue.Of(i);
                }
            }

            throw new TemplateException(sequence is ListValue
                ? $"{PythonText.Repr(context, bound[0]!).Text} is not in list"
                : "tuple.index(x): x not in tuple");
        }),
        "copy" when sequence is ListValue => Method(name, (_, _) => sequence),
        _ => null,
    };

    static int Position(Value? value, int otherwise, int length)
    {
        long at = Numbers.Small(value, otherwise);
        return (int)Math.Clamp(at < 0 ? at + length : at, 0, length);
    }

    static Value? OfRange(RangeValue range, string name) => name switch
    {
        "start" => IntValue.Of(range.Start),
        "stop" => IntValue.Of(range.Stop),
        "step" => IntValue.Of(range.Step),
        "count" or "index" => Method(name, (context, arguments) =>
        {
            Value sought = arguments.Bind(name, ["value"], 1)[0]!;
            int at = Array.FindIndex(Iteration.ToArray(context, range), item => Comparison.Equal(context, item, sought));
            return name == "count" ? IntValue.Of(at < 0 ? 0 : 1) : at >= 0 ? IntValue.Of(at)
                : throw new TemplateException("sequence.index(x): x not in sequence");
        }),
        _ => null,
    };

    static Value? OfCycler(CyclerValue cycler, string name) => name switch
    {
        "next" => Method(name, (_, _) => cycler.Next()),
        "current" => cycler.Current,
        "reset" => Method(name, (_, _) =>
        {
            cycler.Reset();
            return NoneValue.Instance;
        }),
        _ => null,
    };

    static Value? OfInteger(BigInteger number, string name) => name switch
    {
        "real" or "numerator" => IntValue.Of(number),
        "imag" => IntValue.Of(0),
        "denominator" => IntValue.Of(1),
        "bit_length" => Method(name, (_, _) => IntValue.Of((long)BigInteger.Abs(number).GetBitLength())),
        "conjugate" => Method(name, (_, _) => IntValue.Of(number)),
        _ => null,
    };
}
