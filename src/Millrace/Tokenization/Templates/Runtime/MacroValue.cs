using Millrace.Tokenization.Templates.Syntax;
using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Runtime;

/// <summary>A macro, or the body of a call block, with the variables around it.</summary>
sealed class MacroValue(MacroDefinition definition, Scope scope) : CallableValue
{
    public string? Name => definition.Name;

    public string[] Parameters => definition.Parameters;

    public override string TypeName => "Macro";

    public string Describe() => definition.Name is null ? "<Macro anonymous>" : $"<Macro '{definition.Name}'>";

    public override Value Call(RenderContext context, Arguments arguments)
    {
        context.EnterCall();
        var inner = new Scope(scope, definition.Body.Frame);
        Bind(context, inner, arguments);
        var output = new TextBuilder(context);
        Statement.Run(definition.Body.Statements, context, inner, output);
        context.LeaveCall();
        return output.ToStr();
    }

    void Bind(RenderContext context, Scope inner, Arguments arguments)
    {
        string[] parameters = definition.Parameters;
        List<KeyValuePair<string, Value>> named = [.. arguments.Named];
        var missing = new bool[parameters.Length];
        for (int i = 0; i < parameters.Length; i++)
        {
            Value? value = i < arguments.Positional.Length ? arguments.Positional[i] : Take(named, parameters[i]);
            missing[i] = value is null;
            inner.Set(parameters[i], value ?? new UndefinedValue($"'{parameters[i]}' is undefined"));
        }

        if (definition.Specials.Contains("caller") && Array.IndexOf(parameters, "caller") < 0)
        {
            inner.Set("caller", Take(named, "caller") ?? new UndefinedValue("No caller defined"));
        }

        BindRest(inner, arguments, named);
        int firstDefault = parameters.Length - definition.Defaults.Length;
        for (int i = 0; i < parameters.Length; i++)
        {
            if (missing[i])
            {
                inner.Set(parameters[i], i >= firstDefault
                    ? definition.Defaults[i - firstDefault].Evaluate(context, inner)
                    : new UndefinedValue($"parameter '{parameters[i]}' was not provided"));
            }
        }
    }

    void BindRest(Scope inner, Arguments arguments, List<KeyValuePair<string, Value>> named)
    {
        string[] parameters = definition.Parameters;
        if (definition.Specials.Contains("kwargs"))
        {
            var rest = new DictValue();
            foreach ((string name, Value value) in named)
            {
                rest.Set(new Str(name, trusted: true), value);
            }

            inner.Set("kwargs", rest);
        }
        else if (named.Count > 0)
        {
            throw new TemplateException(named.Exists(argument => argument.Key == "caller")
                ? $"macro {Quoted} was invoked with two values for the special caller argument. This is most likely a bug."
                : $"macro {Quoted} takes no keyword argument '{named[0].Key}'");
        }

        if (definition.Specials.Contains("varargs"))
        {
            inner.Set("varargs", new TupleValue(arguments.Positional.Length > parameters.Length ? arguments.Positional[parameters.Length..] : []));
        }
        else if (arguments.Positional.Length > parameters.Length)
        {
            throw new TemplateException($"macro {Quoted} takes not more than {parameters.Length} argument(s)");
        }
    }

    string Quoted => definition.Name is null ? "None" : $"'{definition.Name}'";

    static Value? Take(List<KeyValuePair<string, Value>> named, string name)
    {
        int at = named.FindIndex(argument => argument.Key == name);
        if (at < 0)
        {
            return null;
        }

        Value value = named[at].Value;
        named.RemoveAt(at);
        return value;
    }
}
