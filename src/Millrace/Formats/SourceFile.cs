using Microsoft.Win32.SafeHandles;

namespace Millrace.Formats;

/// <summary>An open file that is read at positions, and mapped only where somebody asks for it; it notes what the file looked like when it was opened.</summary>
sealed unsafe class SourceFile : IDisposable
{
    readonly SafeFileHandle _handle;
    readonly DateTime _written;
    MappedFile? _mapped;

    /// <summary>Opens a plain file that is not empty.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="ModelFormatException">It is empty, a folder, a pipe or a device.</exception>
    public SourceFile(string path)
    {
        Path = path;
        // The length is asked for before opening: opening a pipe would wait for its writer. Pipes and devices have length 0.
        FileInfo info = new(path);
        if (Directory.Exists(path))
        {
            throw new ModelFormatException(path, "file", -1, "a file", "a folder");
        }

        if (!info.Exists)
        {
            throw new FileNotFoundException($"{path}: no such file", path);
        }

        if (info.Length == 0)
        {
            throw new ModelFormatException(path, "file", -1, "a file with content", "0 bytes, or no plain file");
        }

        _handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Length = RandomAccess.GetLength(_handle);
        _written = File.GetLastWriteTimeUtc(_handle);
    }

    /// <summary>The path, as the caller named it.</summary>
    public string Path { get; }

    /// <summary>Bytes in the file when it was opened.</summary>
    public long Length { get; }

    /// <summary>What tells the file from others, and from itself after a change.</summary>
    public string Stamp => FileStamp.Of(_handle);

    /// <summary>Maps the file, for as long as it is open: <see cref="Read"/> then copies from memory.</summary>
    /// <exception cref="ModelFormatException">It is no longer what it was when it was opened.</exception>
    /// <exception cref="IOException">The system does not map it.</exception>
    public void Map()
    {
        VerifyUnchanged();
        _mapped ??= new MappedFile(_handle, Length);
    }

    /// <summary>Fills the destination from a position.</summary>
    /// <exception cref="ModelFormatException">The file ends before.</exception>
    public void Read(long offset, Span<byte> destination, string subject)
    {
        if (_mapped is not null && offset >= 0 && offset <= Length - destination.Length)
        {
            new ReadOnlySpan<byte>(_mapped.Pointer + offset, destination.Length).CopyTo(destination);
            return;
        }

        int done = 0;
        while (done < destination.Length)
        {
            int count = RandomAccess.Read(_handle, destination[done..], offset + done);
            if (count == 0)
            {
                throw new ModelFormatException(Path, subject, offset, $"{destination.Length} bytes", $"the end of the file after {done}");
            }

            done += count;
        }
    }

    /// <summary>Checks that the file still has the length and the time of its last change that it was opened with.</summary>
    /// <exception cref="ModelFormatException">It was changed while it was read.</exception>
    public void VerifyUnchanged()
    {
        if (RandomAccess.GetLength(_handle) is long length && length != Length)
        {
            throw new ModelFormatException(Path, "file", -1, $"the {Length} bytes it was opened with", $"{length}: it was changed while it was read");
        }

        if (File.GetLastWriteTimeUtc(_handle) is DateTime written && written != _written)
        {
            throw new ModelFormatException(Path, "file", -1, $"the file last written {_written:O}", $"{written:O}: it was changed while it was read");
        }
    }

    public void Dispose()
    {
        _mapped?.Dispose();
        _mapped = null;
        _handle.Dispose();
    }
}
