using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Millrace.Formats;

/// <summary>An open file's bytes in memory, to read. The file stays its owner's, and may be closed before.</summary>
sealed unsafe class MappedFile : IDisposable
{
    readonly MemoryMappedFile _map;
    readonly MemoryMappedViewAccessor _view;

    /// <summary>Maps a file.</summary>
    /// <param name="file">The file, not empty.</param>
    /// <param name="length">How much of it, from its beginning.</param>
    /// <exception cref="IOException">The system does not map it.</exception>
    public MappedFile(SafeFileHandle file, long length)
    {
        _map = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        try
        {
            _view = _map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        }
        catch
        {
            _map.Dispose();
            throw;
        }

        byte* first = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref first);
        Pointer = first + _view.PointerOffset;
    }

    /// <summary>The first byte; on a page's beginning.</summary>
    public byte* Pointer { get; private set; }

    /// <summary>Takes it out of memory.</summary>
    public void Dispose()
    {
        if (Pointer is not null)
        {
            Pointer = null;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _map.Dispose();
        }
    }
}
