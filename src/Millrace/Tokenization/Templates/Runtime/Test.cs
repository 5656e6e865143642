using System.Numerics;
using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Runtime;

/// <summary>A test (<c>value is name(arguments)</c>) by its name.</summary>
sealed class Test
{
    static readonly Dictionary<string, Test> All = Build();

    readonly string _name;
    readonly string[] _parameters;
    readonly Func<RenderContext, Value, Value?[], bool> _body;

    Test(string name, string[] parameters, Func<RenderContext, Value, Value?[], bool> body) => (_name, _parameters, _body) = (name, parameters, body);

    /// <summary>The test, or null where there is none of that name.</summary>
    public static Test? Find(string name) => All.GetValueOrDefault(name);

    public bool Apply(RenderContext context, Value input, Arguments arguments) =>
        _body(context, input, arguments.Bind($"test_{_name}", _parameters, _parameters.Length));

    static Dictionary<string, Test> Build()
    {
        Dictionary<string, Test> all = [];
        Plain("boolean", value => value is BoolValue);
        Plain("callable", value => value is CallableValue or UndefinedValue);
        Plain("defined", value => value is not UndefinedValue);
        Plain("escaped", value => value is Str { IsMarkup: true });
        Plain("false", value => value == BoolValue.False);
        Plain("float", value => value is FloatValue);
        Plain("integer", value => value is IntValue);
        Plain("iterable", Iteration.IsIterable);
        Plain("mapping", value => value is DictValue);
        Plain("none", value => value is NoneValue);
        Plain("number", value => value is IntValue or FloatValue or BoolValue);
        Plain("sequence", value => value is Str or SequenceValue or DictValue or RangeValue or UndefinedValue);
        Plain("string", value => value is Str);
        Plain("true", value => value == BoolValue.True);
        Plain("undefined", value => value is UndefinedValue);
        Add("even", [], (context, value, _) => Remainder(context, value, IntValue.Of(2)).IsZero);
        Add("odd", [], (context, value, _) => Remainder(context, value, IntValue.Of(2)).IsOne);
        Add("divisibleby", ["num"], (context, value, a) => !Operators.Binary(context, "%", value, a[0]!).Truthy);
        Add("lower", [], (context, value, _) => IsCase(context, value, upper: false));
        Add("upper", [], (context, value, _) => IsCase(context, value, upper: true));
        Add("filter", [], (_, value, _) => value is Str name && Filter.Find(name.Text) is not null);
        Add("test", [], (_, value, _) => value is Str name && Find(name.Text) is not null);
        Add("sameas", ["other"], (_, value, a) => Same(value, a[0]!));
        Add("in", ["seq"], (context, value, a) => Comparison.Contains(context, a[0]!, value));
        Compare("==", "eq", "equalto");
        Compare("!=", "ne");
        Compare(">", "gt", "greaterthan");
        Compare(">=", "ge");
        Compare("<", "lt", "lessthan");
        Compare("<=", "le");
        return all;

        void Add(string name, string[] parameters, Func<RenderContext, Value, Value?[], bool> body) => all.Add(name, new(name, parameters, body));

        void Plain(string name, Func<Value, bool> body) => Add(name, [], (_, value, _) => body(value));

        void Compare(string op, params string[] names)
        {
            foreach (string name in (string[])[op, .. names])
            {
                Add(name, ["other"], (context, value, a) => Operators.Compare(context, op, value, a[0]!));
            }
        }
    }

    static bool IsCase(RenderContext context, Value value, bool upper)
    {
        string text = PythonText.Of(context, value).Text;
        context.ChargeScan(text);
        return PythonCase.Is(text, upper);
    }

    static BigInteger Remainder(RenderContext context, Value value, Value by) => Operators.Binary(context, "%", value, by) switch
    {
        FloatValue number => double.IsInteger(number.Value) ? new BigInteger(number.Value) : BigInteger.MinusOne,
        Value rest => Numbers.Integer(rest) ?? BigInteger.MinusOne,
    };

    /// <summary>Python's <c>is</c>: one object; small numbers and short strings are shared there, so equal ones count.</summary>
    static bool Same(Value a, Value b) => ReferenceEquals(a, b)
        || (a is Str or IntValue or FloatValue && a.GetType() == b.GetType() && Comparison.Equal(null, a, b));
}
