using System.Runtime.CompilerServices;
using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Runtime;

/// <summary>One rendering: its variables, its clock and what is left of its limits.</summary>
sealed class RenderContext(TemplateLimits limits, DateTime now, Dictionary<string, Value> variables)
{
    long _steps = limits.Steps;
    long _characters = limits.Characters;
    int _calls;

    /// <summary>The local time that the template sees.</summary>
    public DateTime Now { get; } = now;

    /// <summary>The variables given to the template, and the functions of the environment.</summary>
    public Dictionary<string, Value> Variables { get; } = variables;

    /// <summary>The line being executed.</summary>
    public int Line { get; set; } = 1;

    /// <summary>Counts work done.</summary>
    /// <exception cref="TemplateException">More than the limit.</exception>
    public void Charge(long steps = 1)
    {
        if ((_steps -= steps) < 0)
        {
            throw Exceeded($"more than {limits.Steps} steps");
        }
    }

    /// <summary>Counts a look at every character of a text, one by one.</summary>
    public void ChargeScan(string text) => Charge(text.Length >> 3);

    /// <summary>Counts the hashing of a key.</summary>
    public void ChargeHash(Value key) => Charge(key is Str text ? text.Text.Length >> 6 : 0);

    /// <summary>Counts characters about to be produced.</summary>
    /// <exception cref="TemplateException">More than the limit.</exception>
    public void ChargeCharacters(long count)
    {
        if ((_characters -= count) < 0)
        {
            throw Exceeded($"more than {limits.Characters} characters");
        }

        Charge(count >> 6);
    }

    /// <summary>Counts elements of a list about to be produced.</summary>
    /// <exception cref="TemplateException">More than the limit.</exception>
    public void ChargeElements(long count)
    {
        ChargeCharacters(Math.Min(count, limits.Characters) << 3);
    }

    /// <summary>Enters a macro or a recursive loop; <see cref="LeaveCall"/> must follow.</summary>
    /// <exception cref="TemplateException">More than the limit.</exception>
    public void EnterCall()
    {
        if (++_calls > limits.CallDepth)
        {
            throw Exceeded($"more than {limits.CallDepth} nested calls");
        }

        EnsureStack();
    }

    public void LeaveCall() => _calls--;

    /// <summary>Keeps recursion from overflowing the stack, which would end the process.</summary>
    public void EnsureStack()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw Exceeded("calls and expressions nested too deep for the stack");
        }
    }

    TemplateException Exceeded(string what) => new($"line {Line} of the template: {what}", Line);
}
