using Millrace.Tokenization.Templates.Runtime;

namespace Millrace.Tokenization.Templates.Values;

/// <summary>Something that can be called.</summary>
abstract class CallableValue : Value
{
    public abstract Value Call(RenderContext context, Arguments arguments);
}

/// <summary>A function of the environment, or a method bound to its object.</summary>
sealed class FunctionValue(string name, Func<RenderContext, Arguments, Value> body, bool isMethod = false) : CallableValue
{
    public string Name { get; } = name;

    public override string TypeName => isMethod ? "builtin_function_or_method" : "function";

    public override Value Call(RenderContext context, Arguments arguments) => body(context, arguments);
}

/// <summary>namespace(): the one object whose attributes a template can set.</summary>
sealed class NamespaceValue : Value
{
    public Dictionary<string, Value> Attributes { get; } = [];

    public override string TypeName => "Namespace";
}

/// <summary>cycler(a, b, …): gives its items in turn.</summary>
sealed class CyclerValue(Value[] items) : Value
{
    int _position;

    public override string TypeName => "Cycler";

    public Value Current => items[_position];

    public Value Next()
    {
        Value current = Current;
        _position = (_position + 1) % items.Length;
        return current;
    }

    public void Reset() => _position = 0;
}

/// <summary>joiner(separator): nothing at the first call, the separator from then on.</summary>
sealed class JoinerValue(Value separator) : CallableValue
{
    bool _used;

    public override string TypeName => "Joiner";

    public override Value Call(RenderContext context, Arguments arguments)
    {
        Value result = _used ? separator : Str.Empty;
        _used = true;
        return result;
    }
}
