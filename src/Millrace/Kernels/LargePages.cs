using System.Runtime.InteropServices;

namespace Millrace.Kernels;

/// <summary>Memory for large arrays that are read from one end to the other, on large pages where the system gives them.</summary>
static unsafe partial class LargePages
{
    const int PageBytes = 2 << 20;
    const int CacheLine = 64;
    const int HugePage = 14; // MADV_HUGEPAGE

    /// <summary>Allocates, at least aligned to 64 bytes. Only whole large pages are asked for, so that none is touched beyond the end. Freed by <see cref="NativeMemory.AlignedFree"/>.</summary>
    /// <param name="bytes">How many.</param>
    public static byte* Allocate(nuint bytes)
    {
        if (bytes < PageBytes || !OperatingSystem.IsLinux())
        {
            return (byte*)NativeMemory.AlignedAlloc(bytes, CacheLine);
        }

        byte* memory = (byte*)NativeMemory.AlignedAlloc(bytes, PageBytes);
        _ = Advise((nint)memory, bytes / PageBytes * PageBytes, HugePage); // a wish: small pages serve too
        return memory;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);
}
