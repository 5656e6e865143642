namespace Millrace.Cli;

/// <summary>Writes files whole or not at all.</summary>
static class OutputFile
{
    /// <summary>Writes beside the file and renames, so that a reader or a failure never meets half of it.</summary>
    public static void Write(string path, Action<string> write)
    {
        if (Directory.Exists(path))
        {
            throw new CommandException($"cannot write {path}: it is a folder");
        }

        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder))
        {
            throw new CommandException($"cannot write {path}: there is no folder {folder}");
        }

        string partial = $"{path}.{Environment.ProcessId}.partial";
        try
        {
            write(partial);
            File.Move(partial, path, overwrite: true);
        }
        finally
        {
            File.Delete(partial);
        }
    }
}
