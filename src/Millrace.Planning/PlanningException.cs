using Millrace.Formats;

namespace Millrace.Planning;

/// <summary>Something cannot be planned or simulated as asked; the message says what, where, what was expected and what was found, and is all that a user sees.</summary>
public sealed class PlanningException : Exception
{
    /// <summary>Says why.</summary>
    public PlanningException(string message)
        : base(message)
    {
    }

    /// <summary>Says why, and what it came from.</summary>
    public PlanningException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>Says what does not hold what it must.</summary>
    /// <param name="place">The file, with its line where that helps, or the option.</param>
    /// <param name="field">The field at fault; "" where it is the whole.</param>
    /// <param name="expected">What must stand there.</param>
    /// <param name="found">What stands there; it may come from anywhere.</param>
    public PlanningException(string place, string field, string expected, string found)
        : base($"{ModelFormatException.Printable(place)}: {(field.Length == 0 ? "" : ModelFormatException.Printable(field) + ": ")}expected {expected}, found {ModelFormatException.Printable(found)}")
    {
    }

    /// <summary>Whether the question itself is wrong, whatever files and devices hold: a value that no option takes, or a name that nothing has.</summary>
    public bool IsWrongUse { get; init; }

    /// <summary>Says what a line of a recording or a trace should have been.</summary>
    /// <param name="path">The file.</param>
    /// <param name="line">The line, from 1.</param>
    /// <param name="expected">What must stand there.</param>
    /// <param name="found">What stands there.</param>
    internal static PlanningException AtLine(string path, long line, string expected, string found) =>
        new($"{path}: line {line}: expected {expected}, found '{(found.Length > 80 ? found[..80] + "…" : found)}'");
}
