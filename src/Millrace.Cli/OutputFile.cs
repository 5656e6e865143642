namespace Millrace.Cli;

/// <summary>Writes files: whole or not at all, or line by line.</summary>
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

    /// <summary>Opens a file that lines are added to as things happen; what was in it is gone.</summary>
    /// <exception cref="CommandException">It cannot be written.</exception>
    public static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, 1 << 16);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"cannot write {path}: {exception.Message}");
        }
    }
}
