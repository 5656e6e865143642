namespace Millrace.Tokenization.Templates;

/// <summary>
/// A chat template that cannot be parsed, refused its input (<c>raise_exception</c>), failed while it ran or exceeded a
/// limit. The message is Jinja2's own where Jinja2 has one, and exactly the template's where the template raised it.
/// </summary>
public sealed class TemplateException : Exception
{
    /// <summary>An error at a line of the template.</summary>
    /// <param name="message">What went wrong.</param>
    /// <param name="line">The line, counted from 1; 0 where it is not known yet.</param>
    public TemplateException(string message, int line = 0)
        : base(message) => Line = line;

    /// <summary>The line of the template at which it happened, counted from 1; 0 if unknown.</summary>
    public int Line { get; internal set; }
}
