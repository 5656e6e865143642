using Microsoft.Win32.SafeHandles;
using Millrace.Server.Ledger;

namespace Millrace.Server.Store;

/// <summary>Files that are there as a whole or not at all, also after a power cut: content first, then the name, then the folder that holds the name.</summary>
static class DurableFile
{
    /// <summary>Writes a file beside its place and gives it its name.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        string partial = $"{path}.{Environment.ProcessId}.partial";
        using (SafeFileHandle handle = File.OpenHandle(partial, FileMode.Create, FileAccess.Write))
        {
            RandomAccess.Write(handle, content, 0);
            RandomAccess.FlushToDisk(handle);
        }

        Rename(partial, path);
    }

    /// <summary>Gives a file that is on the disk its name.</summary>
    public static void Rename(string from, string to)
    {
        File.Move(from, to, overwrite: true);
        DurableFolder.Flush(Path.GetDirectoryName(to)!);
    }
}
