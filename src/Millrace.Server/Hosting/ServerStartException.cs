namespace Millrace.Server.Hosting;

/// <summary>The server cannot start as it is told to; the message says what to change.</summary>
/// <param name="message">What to change.</param>
/// <param name="inner">What it came from, if from anything.</param>
public sealed class ServerStartException(string message, Exception? inner = null) : Exception(message, inner);
