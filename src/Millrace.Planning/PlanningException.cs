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
}
