using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Millrace.Formats;

/// <summary>What tells a file from another, and from itself after a change, without reading it.</summary>
static unsafe partial class FileStamp
{
    const int EmptyPath = 0x1000, BasicStats = 0x7FF, RecordBytes = 256;
    const int Inode = 32, ChangeSeconds = 96, ChangeNanoseconds = 104;

    /// <summary>Length and time of the last write; on Linux also the inode and when it last changed, which nobody can set.</summary>
    public static string Of(SafeFileHandle file)
    {
        string stamp = string.Create(CultureInfo.InvariantCulture, $"{RandomAccess.GetLength(file)} {File.GetLastWriteTimeUtc(file).Ticks}");
        byte* record = stackalloc byte[RecordBytes];
        return OperatingSystem.IsLinux() && Statx((int)file.DangerousGetHandle(), "", EmptyPath, BasicStats, record) == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{stamp} {*(ulong*)(record + Inode)} {*(long*)(record + ChangeSeconds)} {*(uint*)(record + ChangeNanoseconds)}")
            : stamp;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, byte* record);
}
