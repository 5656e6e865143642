using Millrace.Tokenization.Templates.Runtime;
using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Syntax;

/// <summary>What can be assigned to.</summary>
abstract class Target
{
    /// <summary>The names it assigns to, and those it reads to do so.</summary>
    public abstract void Visit(Action<string> assigned, Action<string> read);

    public abstract void Assign(RenderContext context, Scope scope, Value value);

    /// <summary>Checks, before the value is computed, that it can be assigned to.</summary>
    public virtual void Check(RenderContext context, Scope scope)
    {
    }
}

/// <summary>A variable.</summary>
sealed class NameTarget(string name) : Target
{
    public override void Visit(Action<string> assigned, Action<string> read) => assigned(name);

    public override void Assign(RenderContext context, Scope scope, Value value) => scope.Set(name, value);
}

/// <summary>An attribute of a namespace.</summary>
sealed class AttributeTarget(string name, string attribute) : Target
{
    public override void Visit(Action<string> assigned, Action<string> read) => read(name);

    public override void Assign(RenderContext context, Scope scope, Value value) => Space(context, scope).Attributes[attribute] = value;

    public override void Check(RenderContext context, Scope scope) => Space(context, scope);

    NamespaceValue Space(RenderContext context, Scope scope) =>
        (scope.Find(name) ?? context.Variables.GetValueOrDefault(name)) as NamespaceValue
        ?? throw new TemplateException("cannot assign attribute on non-namespace object");
}

/// <summary>Several targets that take the elements of a value.</summary>
sealed class TupleTarget(Target[] targets) : Target
{
    public override void Visit(Action<string> assigned, Action<string> read)
    {
        foreach (Target target in targets)
        {
            target.Visit(assigned, read);
        }
    }

    public override void Check(RenderContext context, Scope scope)
    {
        foreach (Target target in targets)
        {
            target.Check(context, scope);
        }
    }

    public override void Assign(RenderContext context, Scope scope, Value value)
    {
        if (!Iteration.IsIterable(value))
        {
            throw new TemplateException($"cannot unpack non-iterable {value.TypeName} object");
        }

        Value[] items = Iteration.ToArray(context, value);
        if (items.Length != targets.Length)
        {
            throw new TemplateException(items.Length < targets.Length
                ? $"not enough values to unpack (expected {targets.Length}, got {items.Length})"
                : $"too many values to unpack (expected {targets.Length})");
        }

        for (int i = 0; i < items.Length; i++)
        {
            targets[i].Assign(context, scope, items[i]);
        }
    }
}
