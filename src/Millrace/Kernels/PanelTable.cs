using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Millrace.Formats;

namespace Millrace.Kernels;

/// <summary>Rows of a tensor that are one matrix.</summary>
/// <param name="Tensor">The tensor.</param>
/// <param name="FirstRow">The first row, counted over all the outer extents.</param>
/// <param name="Rows">How many.</param>
readonly record struct MatrixRows(Tensor Tensor, long FirstRow, int Rows);

/// <summary>What a file of the panels of a model must look like. All of it is known from the model and compared with the file: no number is taken from there but checksums.</summary>
/// <remarks>
/// The file: magic, version of the layout, 32 bytes of identity, a checksum for each piece of panels, a byte for each matrix that is 1 if it has numbers that are not finite, a checksum of all that, zeros up to a page, and the panels of each matrix.
/// The layout is the same for all instruction sets.
/// </remarks>
sealed class PanelTable
{
    /// <summary>Raised whenever panels of any format come to lie otherwise, or numbers that are not finite to be told otherwise.</summary>
    const int LayoutVersion = 1;

    const ulong Magic = 0x534C454E41504C4D; // "MLPANELS"
    const int PieceBytes = 4 << 20;
    const int Page = 4096, CacheLine = 64, Fixed = 48;

    readonly byte[] _identity;

    /// <summary>Works it out.</summary>
    /// <param name="stamp">As <see cref="ModelFile.Stamp"/>.</param>
    /// <param name="matrices">The matrices.</param>
    /// <exception cref="ModelFormatException">The model ended early or changed since it was opened.</exception>
    public PanelTable(string stamp, IReadOnlyList<MatrixRows> matrices)
    {
        Matrices = matrices;
        byte[] content = Content(matrices);
        FileName = Convert.ToHexStringLower(content.AsSpan(0, 16)) + ".panels";
        _identity = SHA256.HashData([.. content, .. Encoding.UTF8.GetBytes(stamp)]);
        int pieces = matrices.Sum(static matrix => (int)((WeightMatrix.PanelBytes(matrix.Tensor, matrix.Rows) + PieceBytes - 1) / PieceBytes));
        HeaderBytes = Round(Round(Fixed + pieces * sizeof(ulong) + matrices.Count, CacheLine) + sizeof(ulong), Page);
        Length = HeaderBytes;
        List<long> begins = [];
        List<(long, int)> all = [];
        foreach (MatrixRows matrix in matrices)
        {
            begins.Add(Length);
            long end = Length + WeightMatrix.PanelBytes(matrix.Tensor, matrix.Rows);
            for (; Length < end; Length += all[^1].Item2)
            {
                all.Add((Length, (int)Math.Min(PieceBytes, end - Length)));
            }
        }

        (Begins, Pieces) = (begins, all);
    }

    /// <summary>The file's name: what identifies the matrices' contents, so that a model that was moved or touched replaces its own file.</summary>
    public string FileName { get; }

    /// <summary>The matrices.</summary>
    public IReadOnlyList<MatrixRows> Matrices { get; }

    /// <summary>Where the panels of each begin.</summary>
    public IReadOnlyList<long> Begins { get; }

    /// <summary>The pieces that have checksums, in order.</summary>
    public IReadOnlyList<(long Begin, int Bytes)> Pieces { get; }

    /// <summary>Bytes before the panels.</summary>
    public int HeaderBytes { get; }

    /// <summary>Bytes of the file.</summary>
    public long Length { get; }

    /// <summary>What stands before the panels.</summary>
    public byte[] Header(ReadOnlySpan<ulong> checksums, ReadOnlySpan<bool> specials)
    {
        byte[] header = new byte[HeaderBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(header, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), LayoutVersion);
        _identity.CopyTo(header, 16);
        MemoryMarshal.AsBytes(checksums).CopyTo(header.AsSpan(Fixed));
        MemoryMarshal.AsBytes(specials).CopyTo(header.AsSpan(Fixed + checksums.Length * sizeof(ulong)));
        int end = Round(Fixed + checksums.Length * sizeof(ulong) + specials.Length, CacheLine);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(end), Checksum.Of(header.AsSpan(0, end)));
        return header;
    }

    /// <summary>Takes a header apart, if it is whole, and of this model in this layout.</summary>
    public bool TryRead(ReadOnlySpan<byte> header, out ulong[] checksums, out bool[] specials)
    {
        checksums = MemoryMarshal.Cast<byte, ulong>(header[Fixed..])[..Pieces.Count].ToArray();
        specials = Array.ConvertAll(header.Slice(Fixed + Pieces.Count * sizeof(ulong), Matrices.Count).ToArray(), static value => value != 0);
        return header.SequenceEqual(Header(checksums, specials));
    }

    /// <summary>Hashes what the matrices are, and of each tensor the first and the last row: enough to tell models apart; whether one was changed is told by its stamp.</summary>
    static byte[] Content(IReadOnlyList<MatrixRows> matrices)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Tensor? last = null;
        foreach ((Tensor tensor, long firstRow, int rows) in matrices)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{LayoutVersion} {tensor.Name} {tensor.Type} {tensor.Columns} {firstRow} {rows} {tensor.Scales?.ColumnsPerScale}\n")));
            if (tensor == last)
            {
                continue; // one of its many experts
            }

            last = tensor;
            byte[] row = new byte[tensor.RowBytes];
            foreach (long at in (ReadOnlySpan<long>)[0, tensor.Rows - 1])
            {
                tensor.ReadRows(at, row);
                hash.AppendData(row);
                hash.AppendData(tensor.Scales is { } scales ? MemoryMarshal.AsBytes(scales.Row(at)) : []);
            }
        }

        return hash.GetHashAndReset();
    }

    static int Round(int bytes, int to) => checked(bytes + to - 1) / to * to;
}
