namespace Millrace.Server.Hosting;

/// <summary>What a server leaves in its home folder while it runs, so that a second one can say who is there: its process and where it listens. Who holds the ledger's lock writes it, so it is never of a server that crashed.</summary>
static class RunningServer
{
    const string FileName = "serve.running";

    /// <summary>Removes what another server left; the ledger's lock must be held.</summary>
    public static void Clear(string home) => Try(() => File.Delete(Path.Combine(home, FileName)));

    /// <summary>Says that this process listens.</summary>
    public static void Write(string home, IEnumerable<string> addresses) =>
        Try(() => File.WriteAllText(Path.Combine(home, FileName), FormattableString.Invariant($"process {Environment.ProcessId} on {string.Join(", ", addresses)}\n")));

    /// <summary>The server that runs on a home folder, in words: "process 12 on http://127.0.0.1:8080"; null where it has not said so yet.</summary>
    public static string? Read(string home)
    {
        const int Most = 500;
        string? text = null;
        Try(() => text = File.ReadAllText(Path.Combine(home, FileName)).Trim());
        return text is { Length: > 0 and < Most } && !text.Any(char.IsControl) ? text : null;
    }

    // It helps who reads it; without it everything goes on.
    static void Try(Action act)
    {
        try
        {
            act();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Nobody will read it.
        }
    }
}
