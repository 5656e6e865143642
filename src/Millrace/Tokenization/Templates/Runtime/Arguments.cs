using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Runtime;

/// <summary>The arguments of one call.</summary>
sealed record Arguments(Value[] Positional, KeyValuePair<string, Value>[] Named)
{
    public static readonly Arguments None = new([], []);

    /// <summary>The named argument, or null.</summary>
    public Value? Find(string name)
    {
        foreach ((string key, Value value) in Named)
        {
            if (key == name)
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>The arguments in the order of the parameters, null for each that was not given.</summary>
    /// <param name="function">Its name, for the message.</param>
    /// <param name="parameters">The names of all parameters.</param>
    /// <param name="required">How many of them must be given.</param>
    /// <exception cref="TemplateException">Too many, unknown, repeated or missing arguments.</exception>
    public Value?[] Bind(string function, string[] parameters, int required = 0)
    {
        if (Positional.Length > parameters.Length)
        {
            throw new TemplateException($"{function}() takes at most {parameters.Length} arguments ({Positional.Length} given)");
        }

        var bound = new Value?[parameters.Length];
        Positional.CopyTo(bound, 0);
        foreach ((string name, Value value) in Named)
        {
            int at = Array.IndexOf(parameters, name);
            if (at < 0)
            {
                throw new TemplateException($"{function}() got an unexpected keyword argument '{name}'");
            }

            if (bound[at] is not null)
            {
                throw new TemplateException($"{function}() got multiple values for argument '{name}'");
            }

            bound[at] = value;
        }

        for (int i = 0; i < required; i++)
        {
            if (bound[i] is null)
            {
                throw new TemplateException($"{function}() missing 1 required positional argument: '{parameters[i]}'");
            }
        }

        return bound;
    }
}
