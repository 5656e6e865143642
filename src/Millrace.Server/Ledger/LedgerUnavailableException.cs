namespace Millrace.Server.Ledger;

/// <summary>The ledger cannot write, so nothing may be computed that would have to be billed; callers answer 503.</summary>
/// <param name="message">Why.</param>
/// <param name="inner">The cause.</param>
public sealed class LedgerUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
