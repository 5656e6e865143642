namespace Millrace.Cli;

/// <summary>A command cannot do what it was asked; the message is all the user sees.</summary>
sealed class CommandException(string message) : Exception(message);

/// <summary>A command was asked wrongly; the message is all the user sees.</summary>
sealed class UsageException(string message) : Exception(message);
