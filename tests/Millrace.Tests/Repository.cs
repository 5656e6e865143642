namespace Millrace.Tests;

/// <summary>The checkout that the tests were built from.</summary>
static class Repository
{
    /// <summary>Its root folder.</summary>
    public static string Root { get; } = Find();

    static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Millrace.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"no Millrace.slnx above {AppContext.BaseDirectory}");
    }
}
