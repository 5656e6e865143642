namespace Millrace.Tests;

/// <summary>Files that tests may use but the repository does not hold: a folder named <c>shared</c> beside the checkout, or <c>MILLRACE_SHARED</c>.</summary>
static class SharedData
{
    /// <summary>The folder, or null where there is none.</summary>
    public static string? Root { get; } = Find();

    /// <summary>The path of a file in the folder; the calling test skips, saying so, when it is not there.</summary>
    public static string Require(params string[] parts)
    {
        string relative = Path.Combine(parts);
        string? path = Root is null ? null : Path.Combine(Root, relative);
        if (path is null || !(File.Exists(path) || Directory.Exists(path)))
        {
            Assert.Skip($"needs shared/{relative} beside the checkout");
        }

        return path;
    }

    static string? Find()
    {
        if (Environment.GetEnvironmentVariable("MILLRACE_SHARED") is { Length: > 0 } named)
        {
            return Directory.Exists(named) ? named : null;
        }

        string beside = Path.GetFullPath(Path.Combine(Repository.Root, "..", "shared"));
        return Directory.Exists(beside) ? beside : null;
    }
}
