namespace Millrace.Kernels;

/// <summary>A folder of panels that are kept. Files in it can be removed at any time: who has mapped one keeps it until it ends, and who needs one makes it anew.</summary>
public static class PanelFolder
{
    internal const string Unfinished = ".tmp";

    static readonly TimeSpan Abandoned = TimeSpan.FromHours(1);

    /// <summary>The files of a folder; none where it is not there.</summary>
    public static IReadOnlyList<FileInfo> Files(string folder) =>
        Directory.Exists(folder) ? [.. new DirectoryInfo(folder).EnumerateFiles().Where(static file => file.Extension is ".panels" or Unfinished)] : [];

    /// <summary>Removes them.</summary>
    /// <returns>The bytes that were freed.</returns>
    /// <exception cref="IOException">One cannot be removed.</exception>
    /// <exception cref="UnauthorizedAccessException">One may not be removed.</exception>
    public static long Clear(string folder)
    {
        long freed = 0;
        foreach (FileInfo file in Files(folder))
        {
            freed += file.Length;
            file.Delete();
        }

        return freed;
    }

    /// <summary>Makes the folder, the user's own, and removes what writers that were killed have left.</summary>
    internal static void Prepare(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        foreach (FileInfo file in Files(folder))
        {
            if (file.Extension == Unfinished && DateTime.UtcNow - file.LastWriteTimeUtc > Abandoned)
            {
                file.Delete();
            }
        }
    }
}
