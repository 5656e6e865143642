using Microsoft.Win32.SafeHandles;
using Millrace.Formats;

namespace Millrace.Kernels;

/// <summary>The panels of a model in a file of their own, mapped. Written beside its place and renamed to it when it is whole, never changed after that.</summary>
sealed unsafe class PanelFile : IDisposable
{
    readonly PanelTable _table;
    readonly bool[] _specials;
    readonly MappedFile _map;

    PanelFile(PanelTable table, SafeFileHandle file, bool[] specials)
    {
        (_table, _specials) = (table, specials);
        _map = new MappedFile(file, table.Length);
    }

    /// <summary>Opens a file and checks every byte.</summary>
    /// <returns>Null where there is none, or it is not what it must be: of another model, cut, damaged, or written by a version with another layout.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static PanelFile? Open(string path, PanelTable table, WorkerPool pool)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        byte[] header = new byte[table.HeaderBytes];
        if (RandomAccess.GetLength(file) != table.Length || RandomAccess.Read(file, header, 0) != header.Length || !table.TryRead(header, out ulong[] checksums, out bool[] specials))
        {
            return null;
        }

        PanelFile panels = new(table, file, specials);
        Check check = new(panels, checksums);
        pool.Run(check);
        if (check.Passed)
        {
            return panels;
        }

        panels.Dispose();
        return null;
    }

    /// <summary>Lays out the matrices of a model, one at a time, in a file.</summary>
    /// <param name="path">Where the file is to be; what is there is replaced.</param>
    /// <param name="table">What it must look like.</param>
    /// <param name="model">The model, which must not have changed meanwhile.</param>
    /// <param name="pool">Lays out.</param>
    /// <param name="progress">Receives the bytes of panels written so far, or null.</param>
    /// <exception cref="IOException">There is no room, or it cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    /// <exception cref="ModelFormatException">The model ended early or was changed.</exception>
    public static void Write(string path, PanelTable table, ModelFile model, WorkerPool pool, IProgress<long>? progress)
    {
        PanelFolder.Prepare(Path.GetDirectoryName(path)!);
        string made = $"{path}.{Guid.NewGuid():N}{PanelFolder.Unfinished}";
        try
        {
            // Room is asked for first: a full disk is known before anything is laid out.
            using (SafeFileHandle file = File.OpenHandle(made, FileMode.CreateNew, FileAccess.Write, FileShare.None, preallocationSize: table.Length))
            {
                Write(file, table, pool, progress);
            }

            model.VerifyUnchanged();
            File.Move(made, path, overwrite: true);
        }
        finally
        {
            File.Delete(made);
        }
    }

    /// <summary>A matrix, which lives as long as this does.</summary>
    public WeightMatrix Matrix(int index) =>
        WeightMatrix.Keep(_table.Matrices[index].Tensor, _table.Matrices[index].Rows, _map.Pointer + _table.Begins[index], _specials[index]);

    public void Dispose() => _map.Dispose();

    static void Write(SafeFileHandle file, PanelTable table, WorkerPool pool, IProgress<long>? progress)
    {
        ulong[] checksums = new ulong[table.Pieces.Count];
        bool[] specials = new bool[table.Matrices.Count];
        int piece = 0;
        for (int i = 0; i < specials.Length; i++)
        {
            (Tensor tensor, long firstRow, int rows) = table.Matrices[i];
            using WeightMatrix matrix = WeightMatrix.Load(tensor, firstRow, rows, pool);
            specials[i] = matrix.HasSpecials;
            for (long done = 0; done < matrix.Bytes; done += table.Pieces[piece++].Bytes)
            {
                ReadOnlySpan<byte> bytes = matrix.PanelBytes(done, table.Pieces[piece].Bytes);
                checksums[piece] = Checksum.Of(bytes);
                RandomAccess.Write(file, bytes, table.Pieces[piece].Begin);
            }

            progress?.Report(table.Begins[i] + matrix.Bytes);
        }

        RandomAccess.Write(file, table.Header(checksums, specials), 0);
    }

    sealed class Check(PanelFile file, ulong[] checksums) : IParallelWork
    {
        int _next;
        int _wrong;

        public bool Passed => _wrong == 0;

        public void Run(int thread)
        {
            for (int i = Interlocked.Increment(ref _next) - 1; i < checksums.Length; i = Interlocked.Increment(ref _next) - 1)
            {
                (long begin, int bytes) = file._table.Pieces[i];
                if (Checksum.Of(new ReadOnlySpan<byte>(file._map.Pointer + begin, bytes)) != checksums[i])
                {
                    Interlocked.Increment(ref _wrong);
                }
            }
        }
    }
}
