using Millrace.Tokenization.Templates.Runtime;
using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Syntax;

/// <summary>The parameters and the body of a macro or a call block.</summary>
/// <param name="Name">The macro's name; null for a call block.</param>
/// <param name="Parameters">The names of the parameters.</param>
/// <param name="Defaults">The defaults of the last of them.</param>
/// <param name="Body">The statements.</param>
/// <param name="Specials">Which of caller, varargs and kwargs the body reads.</param>
sealed record MacroDefinition(string? Name, string[] Parameters, Expression[] Defaults, Body Body, IReadOnlySet<string> Specials);

/// <summary><c>macro name(parameters)</c>.</summary>
sealed class MacroStatement(int line, MacroDefinition definition) : Statement(line)
{
    public override Flow Execute(RenderContext context, Scope scope, TextBuilder output)
    {
        scope.Set(definition.Name!, new MacroValue(definition, scope));
        return Flow.Normal;
    }
}

/// <summary><c>call(parameters) macro(arguments)</c>.</summary>
sealed class CallBlock(int line, Call call, MacroDefinition caller) : Statement(line)
{
    public override Flow Execute(RenderContext context, Scope scope, TextBuilder output)
    {
        output.Append(PythonText.Soft(context, call.Invoke(context, scope, new MacroValue(caller, scope))));
        return Flow.Normal;
    }
}
