namespace Millrace.Server.Ledger;

/// <summary>A ledger file is not what it must be, or cannot be had.</summary>
public class LedgerException : IOException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="file">The path of the file.</param>
    /// <param name="subject">The record, table or property at fault.</param>
    /// <param name="expected">What must be.</param>
    /// <param name="found">What is.</param>
    /// <param name="inner">The cause.</param>
    public LedgerException(string file, string subject, string expected, string found, Exception? inner = null)
        : base($"{file}: {subject}: expected {expected}, found {found}", inner)
    {
        File = file;
        Subject = subject;
        Expected = expected;
        Found = found;
    }

    /// <summary>The path of the file.</summary>
    public string File { get; }

    /// <summary>The record, table or property at fault.</summary>
    public string Subject { get; }

    /// <summary>What must be.</summary>
    public string Expected { get; }

    /// <summary>What is.</summary>
    public string Found { get; }
}
