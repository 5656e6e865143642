using System.Runtime.InteropServices;

namespace Millrace.Server.Ledger;

/// <summary>Makes the names in a folder survive a power cut: .NET flushes files, not folders.</summary>
static partial class DurableFolder
{
    // O_RDONLY | O_CLOEXEC on Linux; macOS needs no more than O_RDONLY.
    const int ReadOnly = 0;
    const int CloseOnExec = 0x80000;

    /// <summary>Writes a folder's entries to disk.</summary>
    /// <exception cref="IOException">The system refused.</exception>
    public static void Flush(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return; // NTFS journals its entries.
        }

        int handle = Open(folder, OperatingSystem.IsLinux() ? ReadOnly | CloseOnExec : ReadOnly);
        if (handle < 0)
        {
            throw new IOException($"{folder}: cannot be opened (error {Marshal.GetLastPInvokeError()})");
        }

        int result = Sync(handle);
        int error = Marshal.GetLastPInvokeError();
        _ = Close(handle);
        if (result != 0)
        {
            throw new IOException($"{folder}: cannot be written to disk (error {error})");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}
