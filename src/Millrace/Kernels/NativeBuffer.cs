using System.Runtime.InteropServices;

namespace Millrace.Kernels;

/// <summary>Memory outside the managed heap, aligned to 64 bytes and zeroed. The system gives it page by page as it is touched.</summary>
public sealed unsafe class NativeBuffer : IDisposable
{
    void* _raw;

    /// <summary>Allocates.</summary>
    /// <param name="bytes">How many; at least 0.</param>
    /// <exception cref="OutOfMemoryException">There is not so much.</exception>
    public NativeBuffer(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Length = bytes;
        // calloc leaves fresh pages untouched; an aligned allocation that is cleared would touch them all.
        _raw = NativeMemory.AllocZeroed(checked((nuint)bytes + 64));
        Pointer = (byte*)(((nint)_raw + 63) & ~63);
    }

    /// <summary>The first byte.</summary>
    public byte* Pointer { get; private set; }

    /// <summary>Bytes.</summary>
    public long Length { get; }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        NativeMemory.Free(_raw);
        _raw = null;
        Pointer = null;
    }
}
