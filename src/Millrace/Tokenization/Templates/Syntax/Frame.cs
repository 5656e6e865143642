namespace Millrace.Tokenization.Templates.Syntax;

/// <summary>
/// The names of one level of a template. Jinja2 decides when it compiles which variable a name means: one that a level
/// assigns before it reads it is that level's own from the start, so that loops and macros further in, which may run before
/// the assignment, see it undefined instead of the variable of the same name further out.
/// </summary>
sealed class Frame(Frame? outer)
{
    readonly HashSet<string> _seen = [];
    readonly List<string> _assigned = [];
    string[]? _hidden;

    public Frame? Outer { get; } = outer;

    /// <summary>How many conditions are around what is being parsed, at this level.</summary>
    public int Conditions { get; set; }

    /// <summary>The names to begin with undefined; known once the template is parsed.</summary>
    public string[] Hidden => _hidden ??= [.. _assigned.Where(name => Outer is null || !Outer.Knows(name))];

    /// <summary>A name is read, or is a parameter.</summary>
    public void Read(string name) => _seen.Add(name);

    /// <summary>A name is assigned.</summary>
    public void Assign(string name)
    {
        if (_seen.Add(name) && Conditions == 0)
        {
            _assigned.Add(name);
        }
    }

    bool Knows(string name) => _seen.Contains(name) || (Outer?.Knows(name) ?? false);
}
