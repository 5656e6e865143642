namespace Millrace.Cli;

/// <summary>Reads files that the user names.</summary>
static class InputFile
{
    /// <summary>All bytes of a file.</summary>
    /// <exception cref="CommandException">There is no such file, or it is a folder.</exception>
    public static byte[] Read(string path)
    {
        if (Directory.Exists(path))
        {
            throw new CommandException($"cannot read {path}: it is a folder");
        }

        return File.Exists(path) ? File.ReadAllBytes(path) : throw new CommandException($"no such file: {path}");
    }
}
