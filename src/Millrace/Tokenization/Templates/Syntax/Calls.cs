using Millrace.Tokenization.Templates.Runtime;
using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Syntax;

/// <summary>The arguments of a call, a filter or a test as written.</summary>
sealed record ArgumentList(
    Expression[] Positional, KeyValuePair<string, Expression>[] Named, Expression? Spread, Expression? NamedSpread)
{
    public static readonly ArgumentList None = new([], [], null, null);

    /// <summary>The expressions in it.</summary>
    public Expression?[] Parts { get; } = [.. Positional, .. Named.Select(named => named.Value), Spread, NamedSpread];

    public Arguments Evaluate(RenderContext context, Scope scope, Value? caller = null)
    {
        if (Parts.Length == 2 && Spread is null && NamedSpread is null && caller is null)
        {
            return Arguments.None;
        }

        List<Value> positional = new(Positional.Length);
        foreach (Expression expression in Positional)
        {
            positional.Add(expression.Evaluate(context, scope));
        }

        List<KeyValuePair<string, Value>> named = new(Named.Length);
        foreach ((string name, Expression expression) in Named)
        {
            named.Add(new(name, expression.Evaluate(context, scope)));
        }

        if (caller is not null)
        {
            named.Add(new("caller", caller));
        }

        if (Spread is not null)
        {
            Value[] more = Iteration.ToArray(context, Spread.Evaluate(context, scope));
            context.ChargeElements(more.Length);
            positional.AddRange(more);
        }

        if (NamedSpread is not null)
        {
            AddNamed(context, NamedSpread.Evaluate(context, scope), named);
        }

        return new Arguments([.. positional], [.. named]);
    }

    static void AddNamed(RenderContext context, Value value, List<KeyValuePair<string, Value>> named)
    {
        if (value is not DictValue dict)
        {
            throw new TemplateException($"argument after ** must be a mapping, not {value.TypeName}");
        }

        context.ChargeElements(dict.Count);
        int before = named.Count;
        foreach ((Value key, Value item) in dict.Entries)
        {
            string name = key is Str text ? text.Text : throw new TemplateException("keywords must be strings");
            if (named.FindIndex(0, before, other => other.Key == name) >= 0)
            {
                throw new TemplateException($"got multiple values for keyword argument '{name}'");
            }

            named.Add(new(name, item));
        }
    }
}

/// <summary><c>function(arguments)</c>.</summary>
sealed class Call(int line, Expression function, ArgumentList arguments) : Expression(line, [function, .. arguments.Parts])
{
    protected override Value Compute(RenderContext context, Scope scope) => Invoke(context, scope, null);

    /// <summary>The call with the body of a call block as its <c>caller</c>.</summary>
    public Value Invoke(RenderContext context, Scope scope, Value? caller)
    {
        Value callee = function.Evaluate(context, scope);
        Arguments given = arguments.Evaluate(context, scope, caller);
        context.Line = Line;
        return callee switch
        {
            CallableValue callable => callable.Call(context, given),
            UndefinedValue undefined => throw undefined.Error(),
            _ => throw new TemplateException($"'{callee.TypeName}' object is not callable"),
        };
    }
}

/// <summary><c>input | name(arguments)</c>; without an input in filter blocks.</summary>
sealed class Filtering(int line, Expression? input, string name, ArgumentList arguments) : Expression(line, [input, .. arguments.Parts])
{
    readonly Filter? _filter = Filter.Find(name);

    /// <summary>The value of the whole chain for the text of a filter block.</summary>
    public Value Apply(RenderContext context, Scope scope, Value text) =>
        Run(context, scope, input is Filtering inner ? inner.Apply(context, scope, text) : text);

    protected override Value Compute(RenderContext context, Scope scope) => Run(context, scope, input!.Evaluate(context, scope));

    Value Run(RenderContext context, Scope scope, Value value)
    {
        Arguments given = arguments.Evaluate(context, scope);
        context.Line = Line;
        return (_filter ?? throw new TemplateException($"No filter named '{name}' found.")).Apply(context, value, given);
    }
}

/// <summary><c>input is name(arguments)</c>.</summary>
sealed class Testing(int line, Expression input, string name, ArgumentList arguments) : Expression(line, [input, .. arguments.Parts])
{
    readonly Test? _test = Test.Find(name);

    protected override Value Compute(RenderContext context, Scope scope)
    {
        Value value = input.Evaluate(context, scope);
        Arguments given = arguments.Evaluate(context, scope);
        context.Line = Line;
        return BoolValue.Of((_test ?? throw new TemplateException($"No test named '{name}' found.")).Apply(context, value, given));
    }
}
