using Millrace.Tokenization.Templates.Runtime;
using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Syntax;

/// <summary>An expression of a parsed template: immutable, so that threads may render with it at once.</summary>
abstract class Expression
{
    /// <summary>The deepest tree of operators; evaluation recurses no deeper.</summary>
    public const int MaxDepth = 250;

    const int CheckedFrom = 16; // a tree of fewer levels fits what is left of the stack after the last check

    readonly int _depth = 1;

    /// <exception cref="TemplateException">The tree would be deeper than <see cref="MaxDepth"/>.</exception>
    protected Expression(int line, params ReadOnlySpan<Expression?> parts)
    {
        Line = line;
        foreach (Expression? part in parts)
        {
            _depth = Math.Max(_depth, 1 + (part?._depth ?? 0));
        }

        if (_depth > MaxDepth)
        {
            throw new TemplateException($"line {line} of the template: an expression nested more than {MaxDepth} deep", line);
        }
    }

    public int Line { get; }

    public Value Evaluate(RenderContext context, Scope scope)
    {
        context.Charge();
        context.Line = Line;
        if (_depth >= CheckedFrom)
        {
            context.EnsureStack();
        }

        return Compute(context, scope);
    }

    protected abstract Value Compute(RenderContext context, Scope scope);

    protected static Value[] EvaluateAll(RenderContext context, Scope scope, Expression[] expressions)
    {
        var values = new Value[expressions.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = expressions[i].Evaluate(context, scope);
        }

        return values;
    }
}

/// <summary>A literal.</summary>
sealed class Constant(int line, Value value) : Expression(line)
{
    public Value Value { get; } = value;

    protected override Value Compute(RenderContext context, Scope scope) => Value;
}

/// <summary>A variable.</summary>
sealed class Name(int line, string name) : Expression(line)
{
    readonly UndefinedValue _undefined = new($"'{name}' is undefined");

    public string Text { get; } = name;

    protected override Value Compute(RenderContext context, Scope scope) =>
        scope.Find(Text) ?? context.Variables.GetValueOrDefault(Text) ?? _undefined;
}

/// <summary><c>[a, b]</c> or <c>(a, b)</c>.</summary>
sealed class Sequence(int line, Expression[] items, bool isTuple) : Expression(line, items)
{
    public Expression[] Items { get; } = items;

    public bool IsTuple { get; } = isTuple;

    protected override Value Compute(RenderContext context, Scope scope)
    {
        context.ChargeElements(Items.Length);
        Value[] values = EvaluateAll(context, scope, Items);
        return IsTuple ? new TupleValue(values) : new ListValue(values);
    }
}

/// <summary><c>{key: value}</c>.</summary>
sealed class Dictionary(int line, Expression[] keys, Expression[] values) : Expression(line, [.. keys, .. values])
{
    protected override Value Compute(RenderContext context, Scope scope)
    {
        context.ChargeElements(2 * keys.Length);
        var dict = new DictValue();
        for (int i = 0; i < keys.Length; i++)
        {
            Value key = keys[i].Evaluate(context, scope);
            context.ChargeHash(key);
            dict.Set(key, values[i].Evaluate(context, scope));
        }

        return dict;
    }
}

/// <summary><c>target.name</c>.</summary>
sealed class Attribute(int line, Expression target, string name) : Expression(line, target)
{
    protected override Value Compute(RenderContext context, Scope scope) => Access.Attribute(context, target.Evaluate(context, scope), name);
}

/// <summary><c>target[key]</c>.</summary>
sealed class Item(int line, Expression target, Expression key) : Expression(line, target, key)
{
    protected override Value Compute(RenderContext context, Scope scope)
    {
        Value value = target.Evaluate(context, scope);
        return key is Slice slice ? slice.Of(context, scope, value) : Access.Item(context, value, key.Evaluate(context, scope));
    }
}

/// <summary><c>start:stop:step</c> between brackets.</summary>
sealed class Slice(int line, Expression? start, Expression? stop, Expression? step) : Expression(line, start, stop, step)
{
    public Value Of(RenderContext context, Scope scope, Value value) =>
        Access.Slice(context, value, start?.Evaluate(context, scope), stop?.Evaluate(context, scope), step?.Evaluate(context, scope));

    protected override Value Compute(RenderContext context, Scope scope) => throw new TemplateException("a slice within a tuple is not supported");
}

/// <summary>An operator on one operand: <c>-</c>, <c>+</c> or <c>not</c>.</summary>
sealed class Unary(int line, string op, Expression operand) : Expression(line, operand)
{
    protected override Value Compute(RenderContext context, Scope scope)
    {
        Value value = operand.Evaluate(context, scope);
        return op == "not" ? BoolValue.Of(!value.Truthy) : Operators.Sign(op, value);
    }
}

/// <summary>An arithmetic operator.</summary>
sealed class Binary(int line, string op, Expression left, Expression right) : Expression(line, left, right)
{
    protected override Value Compute(RenderContext context, Scope scope)
    {
        Value a = left.Evaluate(context, scope);
        Value b = right.Evaluate(context, scope);
        context.Line = Line;
        return Operators.Binary(context, op, a, b);
    }
}

/// <summary><c>and</c> and <c>or</c>, which give one of their operands.</summary>
sealed class Logical(int line, bool isAnd, Expression left, Expression right) : Expression(line, left, right)
{
    protected override Value Compute(RenderContext context, Scope scope)
    {
        Value value = left.Evaluate(context, scope);
        return value.Truthy == isAnd ? right.Evaluate(context, scope) : value;
    }
}

/// <summary>A chain of comparisons, <c>a &lt; b &lt;= c</c>.</summary>
sealed class Comparisons(int line, Expression first, string[] ops, Expression[] others) : Expression(line, [first, .. others])
{
    protected override Value Compute(RenderContext context, Scope scope)
    {
        Value left = first.Evaluate(context, scope);
        for (int i = 0; i < ops.Length; i++)
        {
            Value right = others[i].Evaluate(context, scope);
            context.Line = Line;
            if (!Operators.Compare(context, ops[i], left, right))
            {
                return BoolValue.False;
            }

            left = right;
        }

        return BoolValue.True;
    }
}

/// <summary><c>a ~ b</c>.</summary>
sealed class Concatenation(int line, Expression[] parts) : Expression(line, parts)
{
    protected override Value Compute(RenderContext context, Scope scope)
    {
        var builder = new TextBuilder(context);
        foreach (Expression part in parts)
        {
            builder.Append(PythonText.Of(context, part.Evaluate(context, scope)));
        }

        return builder.ToStr();
    }
}

/// <summary><c>a if condition else b</c>.</summary>
sealed class Conditional(int line, Expression condition, Expression whenTrue, Expression? whenFalse) : Expression(line, condition, whenTrue, whenFalse)
{
    protected override Value Compute(RenderContext context, Scope scope) => condition.Evaluate(context, scope).Truthy
        ? whenTrue.Evaluate(context, scope)
        : whenFalse?.Evaluate(context, scope)
            ?? new UndefinedValue($"the inline if-expression on line {Line} evaluated to false and no else section was defined.");
}
