using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Win32.SafeHandles;

namespace Millrace.Server.Store;

/// <summary>What a partial file holds, beside it on disk.</summary>
sealed record PartialState(string? Etag, long Size, int ChunkBytes, IReadOnlyList<int> Done);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PartialState))]
sealed partial class PartialJson : JsonSerializerContext;

/// <summary>A file that is being fetched, in chunks that come in any order. One process at a time has it; what it holds outlives the process.</summary>
sealed class PartialFile : IDisposable
{
    readonly string _path;
    readonly SafeFileHandle _handle;
    readonly int _chunkBytes;
    readonly bool[] _done; // [chunk]
    readonly Lock _gate = new();
    string? _etag;

    PartialFile(string path, SafeFileHandle handle, long size, int chunkBytes)
    {
        _path = path;
        _handle = handle;
        _chunkBytes = chunkBytes;
        Size = size;
        _done = new bool[checked((int)((size + chunkBytes - 1) / chunkBytes))];
    }

    /// <summary>Bytes of the whole file.</summary>
    public long Size { get; }

    /// <summary>How many chunks it has.</summary>
    public int Chunks => _done.Length;

    /// <summary>Bytes that are there.</summary>
    public long BytesDone
    {
        get
        {
            lock (_gate)
            {
                return Enumerable.Range(0, Chunks).Where(chunk => _done[chunk]).Sum(chunk => EndOf(chunk) - StartOf(chunk));
            }
        }
    }

    /// <summary>Chunks that are not there yet.</summary>
    public int[] Missing => [.. Enumerable.Range(0, Chunks).Where(chunk => !_done[chunk])];

    /// <summary>The tag of the version that its bytes are of.</summary>
    public string? ETag => _etag;

    string StatePath => StatePathOf(_path);

    /// <summary>Where what a partial file holds is written down.</summary>
    public static string StatePathOf(string path) => path + ".json";

    /// <summary>Opens or begins a partial file; waits as long as another process has it.</summary>
    public static async Task<PartialFile> OpenAsync(string path, long size, int chunkBytes, Action waiting, CancellationToken cancellation)
    {
        PartialFile file = new(path, await FileLock.OpenAsync(path, waiting, cancellation), size, chunkBytes);
        file.Resume();
        return file;
    }

    /// <summary>The first byte of a chunk, and the one behind its last.</summary>
    public long StartOf(int chunk) => (long)chunk * _chunkBytes;

    /// <inheritdoc cref="StartOf"/>
    public long EndOf(int chunk) => Math.Min(Size, StartOf(chunk) + _chunkBytes);

    /// <summary>Writes bytes.</summary>
    /// <exception cref="StoreException">The disk is full.</exception>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(_handle, bytes, offset);
        }
        catch (IOException exception) when (exception.HResult is 28 or unchecked((int)0x80070070))
        {
            throw new StoreException($"{_path}: the disk is full at {offset} of {Size} bytes; what is there is kept, and a new pull goes on from it");
        }
    }

    /// <summary>Notes that a chunk is there.</summary>
    public void MarkDone(int chunk)
    {
        lock (_gate)
        {
            _done[chunk] = true;
            Save();
        }
    }

    /// <summary>Takes the tag of an answer for that of the version, or compares it.</summary>
    /// <returns>Whether it is the same version, as far as tags say.</returns>
    public bool Accept(string? etag)
    {
        lock (_gate)
        {
            if (_etag is null && etag is not null)
            {
                _etag = etag;
                Save();
            }

            return etag is null || etag == _etag;
        }
    }

    /// <summary>Forgets all that is there.</summary>
    public void Restart()
    {
        lock (_gate)
        {
            Array.Clear(_done);
            _etag = null;
            File.Delete(StatePath);
        }
    }

    /// <summary>The digests of the whole content: SHA-256, and git's name of it.</summary>
    public (Digest Sha256, string GitOid) Hash(Action<long> report, CancellationToken cancellation) => ContentHash.Of(_handle, Size, report, cancellation);

    /// <summary>Gives the whole file its name, with its bytes on the disk before.</summary>
    public void Complete(string path)
    {
        if (RandomAccess.GetLength(_handle) > Size)
        {
            RandomAccess.SetLength(_handle, Size);
        }

        RandomAccess.FlushToDisk(_handle);
        LetGoOnWindows();
        DurableFile.Rename(_path, path);
        File.Delete(StatePath);
    }

    /// <summary>Deletes it: another process made the whole file meanwhile.</summary>
    public void Discard()
    {
        LetGoOnWindows();
        File.Delete(_path);
        File.Delete(StatePath);
    }

    public void Dispose() => _handle.Dispose();

    // Which neither renames nor deletes a file that is open.
    void LetGoOnWindows()
    {
        if (OperatingSystem.IsWindows())
        {
            _handle.Dispose();
        }
    }

    void Resume()
    {
        PartialState? state = null;
        try
        {
            state = File.Exists(StatePath) ? JsonSerializer.Deserialize(File.ReadAllBytes(StatePath), PartialJson.Default.PartialState) : null;
        }
        catch (JsonException)
        {
            // Begins anew.
        }

        if (state is not { Done: not null } || state.Size != Size || state.ChunkBytes != _chunkBytes)
        {
            return;
        }

        _etag = state.Etag;
        long length = RandomAccess.GetLength(_handle);
        foreach (int chunk in state.Done)
        {
            if (chunk >= 0 && chunk < Chunks && EndOf(chunk) <= length)
            {
                _done[chunk] = true;
            }
        }
    }

    // A state that is older than the file costs a chunk; one that is newer, after a power cut, is found by the digest.
    void Save()
    {
        PartialState state = new(_etag, Size, _chunkBytes, [.. Enumerable.Range(0, Chunks).Where(chunk => _done[chunk])]);
        string next = StatePath + ".next";
        File.WriteAllBytes(next, JsonSerializer.SerializeToUtf8Bytes(state, PartialJson.Default.PartialState));
        File.Move(next, StatePath, overwrite: true);
    }
}
