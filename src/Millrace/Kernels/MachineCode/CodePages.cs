using System.Runtime.InteropServices;

namespace Millrace.Kernels.MachineCode;

/// <summary>Pages that hold emitted code: written while they cannot be executed, executed when they can no longer be written. They stay until the process ends.</summary>
static unsafe partial class CodePages
{
    const int Read = 1, Write = 2, Execute = 4;
    const int Private = 2, Anonymous = 0x20;

    /// <summary>Copies code to pages of its own.</summary>
    /// <returns>Where it begins, a cache line, or null where the system does not allow it.</returns>
    public static byte* Place(ReadOnlySpan<byte> code)
    {
        nuint length = (nuint)code.Length;
        nint pages = Map(0, length, Read | Write, Private | Anonymous, -1, 0);
        if (pages == -1)
        {
            return null;
        }

        code.CopyTo(new Span<byte>((void*)pages, code.Length));
        if (Protect(pages, length, Read | Execute) != 0)
        {
            _ = Unmap(pages, length);
            return null;
        }

        return (byte*)pages;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);
}
