namespace Millrace.Tokenization.Templates;

/// <summary>
/// What one rendering may use. A template comes with a model file and is a program by strangers: whatever it does, it ends
/// within these bounds, or with a <see cref="TemplateException"/> that names the line and the limit.
/// </summary>
public sealed record TemplateLimits
{
    /// <summary>The limits used unless others are given: far above any real conversation, a second or two at worst.</summary>
    public static TemplateLimits Default { get; } = new();

    /// <summary>Evaluated expressions and executed statements; operations on long values count several.</summary>
    public long Steps { get; init; } = 20_000_000;

    /// <summary>Characters (and list elements, eight each) produced by all operations together, intermediate values included.</summary>
    public long Characters { get; init; } = 128L << 20;

    /// <summary>Macros, caller blocks and recursive loops active at once.</summary>
    public int CallDepth { get; init; } = 200;
}
