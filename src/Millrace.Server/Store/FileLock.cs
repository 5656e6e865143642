using Microsoft.Win32.SafeHandles;

namespace Millrace.Server.Store;

/// <summary>Files that one opener at a time has, whichever process it is in; a process that ends, however it does, lets go.</summary>
static class FileLock
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Opens a file alone, making it where there is none; waits as long as another has it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="waiting">Called once, before the first wait.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static async Task<SafeFileHandle> OpenAsync(string path, Action? waiting, CancellationToken cancellation)
    {
        for (bool told = false; ; told = true)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                SafeFileHandle handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                if (File.Exists(path))
                {
                    return handle;
                }

                handle.Dispose(); // renamed or deleted by the one before, between the opening and the locking
            }
            catch (IOException exception) when (IsTaken(exception))
            {
                if (!told)
                {
                    waiting?.Invoke();
                }

                await Task.Delay(Pause, cancellation);
            }
        }
    }

    /// <summary>Opens a file alone where there is one that nobody has; null otherwise.</summary>
    public static SafeFileHandle? TryOpen(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (IsTaken(exception) || exception is FileNotFoundException)
        {
            return null;
        }
    }

    // Windows: ERROR_SHARING_VIOLATION. Elsewhere .NET takes an advisory lock and reports EWOULDBLOCK, 11 on Linux and 35 on macOS.
    static bool IsTaken(IOException exception) => exception.HResult is unchecked((int)0x80070020) or 11 or 35;
}
