namespace Millrace.Formats;

/// <summary>A model file or folder does not hold what it must. The message names the file, the key or tensor, the offset, what was expected and what was found.</summary>
public sealed class ModelFormatException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="file">The path of the file.</param>
    /// <param name="subject">The metadata key, tensor or header field at fault.</param>
    /// <param name="offset">Where in the file, in bytes, or -1 where no single place is at fault.</param>
    /// <param name="expected">What the format demands.</param>
    /// <param name="found">What stands there.</param>
    public ModelFormatException(string file, string subject, long offset, string expected, string found)
        : base(offset < 0
            ? $"{file}: {Printable(subject)}: expected {expected}, found {Printable(found)}"
            : $"{file}: {Printable(subject)} at byte {offset}: expected {expected}, found {Printable(found)}")
    {
        File = file;
        Subject = subject;
        Offset = offset;
        Expected = expected;
        Found = found;
    }

    /// <summary>The path of the file.</summary>
    public string File { get; }

    /// <summary>The metadata key, tensor or header field at fault.</summary>
    public string Subject { get; }

    /// <summary>Where in the file, in bytes, or -1.</summary>
    public long Offset { get; }

    /// <summary>What the format demands.</summary>
    public string Expected { get; }

    /// <summary>What stands there.</summary>
    public string Found { get; }

    /// <summary>A text of a file or a user as messages show it. Names are hostile too: no control characters reach a terminal or a log, and no megabyte of a name.</summary>
    internal static string Printable(string text)
    {
        const int Most = 200;
        string cut = text.Length <= Most ? text : text[..Most] + "…";
        return cut.Any(char.IsControl) ? string.Concat(cut.Select(letter => char.IsControl(letter) ? '\uFFFD' : letter)) : cut;
    }
}
