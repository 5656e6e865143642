using Millrace.Tokenization.Templates.Runtime;
using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Syntax;

/// <summary>How a statement ended.</summary>
enum Flow
{
    Normal,
    Break,
    Continue,
}

/// <summary>A statement of a parsed template.</summary>
abstract class Statement(int line)
{
    public int Line { get; } = line;

    public abstract Flow Execute(RenderContext context, Scope scope, TextBuilder output);

    public static Flow Run(Statement[] statements, RenderContext context, Scope scope, TextBuilder output)
    {
        context.EnsureStack();
        foreach (Statement statement in statements)
        {
            context.Charge();
            context.Line = statement.Line;
            Flow flow = statement.Execute(context, scope, output);
            if (flow != Flow.Normal)
            {
                return flow;
            }
        }

        return Flow.Normal;
    }
}

/// <summary>Statements with a level of variables of their own.</summary>
sealed record Body(Statement[] Statements, Frame Frame);

/// <summary>The condition of a loop over some of the elements.</summary>
sealed record LoopTest(Expression Condition, Frame Frame);

/// <summary>Text between the tags.</summary>
sealed class Text(int line, string text) : Statement(line)
{
    public override Flow Execute(RenderContext context, Scope scope, TextBuilder output)
    {
        output.Append(text, trusted: true);
        return Flow.Normal;
    }
}

/// <summary><c>{{ value }}</c>, or <c>print a, b</c>.</summary>
sealed class Print(int line, params Expression[] values) : Statement(line)
{
    public override Flow Execute(RenderContext context, Scope scope, TextBuilder output)
    {
        foreach (Expression value in values)
        {
            output.Append(PythonText.Soft(context, value.Evaluate(context, scope)));
        }

        return Flow.Normal;
    }
}

/// <summary><c>if … elif … else</c>: the first branch whose condition is true or absent.</summary>
sealed class If(int line, (Expression? Condition, Statement[] Body)[] branches) : Statement(line)
{
    public override Flow Execute(RenderContext context, Scope scope, TextBuilder output)
    {
        foreach ((Expression? condition, Statement[] body) in branches)
        {
            if (condition is null || condition.Evaluate(context, scope).Truthy)
            {
                return Run(body, context, scope, output);
            }
        }

        return Flow.Normal;
    }
}

/// <summary><c>break</c> and <c>continue</c>.</summary>
sealed class Jump(int line, Flow flow) : Statement(line)
{
    public override Flow Execute(RenderContext context, Scope scope, TextBuilder output) => flow;
}

/// <summary>
/// <c>for target in iterable if test recursive … else</c>. As in Jinja2 the else part runs where no iteration came to the
/// end of the body.
/// </summary>
sealed class For(int line, Target target, Expression iterable, LoopTest? test, bool recursive, Body body, Body otherwise) : Statement(line)
{
    public override Flow Execute(RenderContext context, Scope scope, TextBuilder output) =>
        Loop(context, scope, output, iterable.Evaluate(context, scope), 0);

    Flow Loop(RenderContext context, Scope scope, TextBuilder output, Value elements, int depth0)
    {
        if (test is not null)
        {
            elements = new GeneratorValue(Passing(test, context, scope, elements), elements);
        }

        var loop = new LoopValue(context, elements, recursive ? Recurse : null, depth0);
        bool completed = false;
        while (loop.Advance())
        {
            var inner = new Scope(scope, body.Frame);
            inner.Set("loop", loop);
            target.Assign(context, inner, loop.Current);
            Flow flow = Run(body.Statements, context, inner, output);
            completed |= flow == Flow.Normal;
            if (flow == Flow.Break)
            {
                break;
            }
        }

        return completed ? Flow.Normal : Run(otherwise.Statements, context, new Scope(scope, otherwise.Frame), output);

        Value Recurse(RenderContext inner, Value children, int level)
        {
            inner.EnterCall();
            var rendered = new TextBuilder(inner);
            Loop(inner, scope, rendered, children, level);
            inner.LeaveCall();
            return rendered.ToStr();
        }
    }

    IEnumerable<Value> Passing(LoopTest test, RenderContext context, Scope scope, Value elements)
    {
        foreach (Value element in Iteration.Of(context, elements))
        {
            var inner = new Scope(scope, test.Frame);
            target.Assign(context, inner, element);
            if (test.Condition.Evaluate(context, inner).Truthy)
            {
                yield return element;
            }
        }
    }
}

/// <summary><c>set target = value</c>.</summary>
sealed class Set(int line, Target target, Expression value) : Statement(line)
{
    public override Flow Execute(RenderContext context, Scope scope, TextBuilder output)
    {
        target.Check(context, scope);
        target.Assign(context, scope, value.Evaluate(context, scope));
        return Flow.Normal;
    }
}

/// <summary>A body in a scope of its own whose output is caught: filtered (<c>filter</c>), assigned (<c>set</c> with a body), or neither.</summary>
sealed class Capture(int line, Target? target, Filtering? filter, Body body) : Statement(line)
{
    public override Flow Execute(RenderContext context, Scope scope, TextBuilder output)
    {
        var caught = new TextBuilder(context);
        Flow flow = Run(body.Statements, context, new Scope(scope, body.Frame), caught);
        if (flow != Flow.Normal)
        {
            return flow;
        }

        Value text = caught.ToStr();
        text = filter?.Apply(context, scope, text) ?? text;
        if (target is not null)
        {
            target.Assign(context, scope, text);
        }
        else
        {
            output.Append(PythonText.Soft(context, text));
        }

        return Flow.Normal;
    }
}

/// <summary><c>with a = 1, b = 2</c>, <c>block</c> and <c>generation</c>: a body in a scope of its own.</summary>
sealed class With(int line, (Target Target, Expression Value)[] bindings, Body body) : Statement(line)
{
    public override Flow Execute(RenderContext context, Scope scope, TextBuilder output)
    {
        var inner = new Scope(scope, body.Frame);
        foreach ((Target target, Expression value) in bindings)
        {
            target.Assign(context, inner, value.Evaluate(context, scope));
        }

        return Run(body.Statements, context, inner, output);
    }
}

/// <summary>A statement that reads other templates: there are none to read.</summary>
sealed class Refused(int line) : Statement(line)
{
    public override Flow Execute(RenderContext context, Scope scope, TextBuilder output) =>
        throw new TemplateException("no loader for this environment specified");
}
