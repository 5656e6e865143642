namespace Millrace.Planning.Hardware;

/// <summary>What a plan is asked for, or a file that it reads, does not hold what it must. The message names where, the field, what was expected and what was found.</summary>
public sealed class PlanningException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="place">The file, with its line where that helps, or the option.</param>
    /// <param name="field">The field at fault; "" where it is the whole.</param>
    /// <param name="expected">What must stand there.</param>
    /// <param name="found">What stands there.</param>
    public PlanningException(string place, string field, string expected, string found)
        : base($"{Printable(place)}: {(field.Length == 0 ? "" : Printable(field) + ": ")}expected {expected}, found {Printable(found)}")
    {
        Place = place;
        Field = field;
        Expected = expected;
        Found = found;
    }

    /// <summary>The file or the option.</summary>
    public string Place { get; }

    /// <summary>The field at fault.</summary>
    public string Field { get; }

    /// <summary>What must stand there.</summary>
    public string Expected { get; }

    /// <summary>What stands there.</summary>
    public string Found { get; }

    // Texts of files and users reach a terminal: without control characters, and not without end.
    static string Printable(string text)
    {
        const int Most = 200;
        string cut = text.Length <= Most ? text : text[..Most] + "…";
        return cut.Any(char.IsControl) ? string.Concat(cut.Select(letter => char.IsControl(letter) ? '\uFFFD' : letter)) : cut;
    }
}
