namespace Millrace.Server.Ledger;

/// <summary>Another process writes the ledger.</summary>
/// <param name="file">The path of the ledger.</param>
/// <param name="held">The path of the lock that it holds.</param>
/// <param name="inner">The cause.</param>
public sealed class LedgerTakenException(string file, string held, Exception inner)
    : LedgerException(file, "the writer", "none in another process", "one that holds " + held, inner);
