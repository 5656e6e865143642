using System.Runtime.InteropServices;
using Millrace.Formats;
using Millrace.Kernels.Blocks;

namespace Millrace.Kernels;

/// <summary>A weight matrix <c>[rows, columns]</c> in native memory, laid out for this machine's kernels. The one place where an engine meets a weight format.</summary>
/// <remarks>Every output element is computed by the same arithmetic in the same order whatever the number of tokens, the chunk of rows, the threads or the instruction set: equal inputs give equal bits.</remarks>
public abstract unsafe class WeightMatrix : IDisposable
{
    /// <summary>Rows of a panel: what lies interleaved.</summary>
    internal const int PanelRows = 16;

    // What is laid out at once of a matrix without panels: one to four panels, which with their rows stay in the second-level cache.
    const int BytesAtOnce = 192 << 10;
    const int MostRowsAtOnce = 64;

    readonly nint _panelBytes;
    byte* _panels;
    bool _ownsPanels;
    FileRows? _rows;
    bool _disposed;

    private protected WeightMatrix(int rows, int columns, long panelBytes)
    {
        Rows = rows;
        Columns = columns;
        _panelBytes = checked((nint)(panelBytes + 63 & ~63L));
    }

    /// <summary>The format of the weights.</summary>
    public abstract WeightType Type { get; }

    /// <summary>Output width.</summary>
    public int Rows { get; }

    /// <summary>Input width.</summary>
    public int Columns { get; }

    /// <summary>Bytes that one pass over the matrix reads.</summary>
    public long Bytes => (long)_panelBytes * Panels;

    /// <summary>What <see cref="Multiply"/> wants its input quantized to.</summary>
    public ActivationKind Activation => ActivationKinds.For(Type);

    /// <summary>The names of the kernels that run for one token and for many, as <c>explain</c> prints them.</summary>
    public string Kernel
    {
        get
        {
            string few = KernelPaths.NameOf(PathOf(1, HasSpecials)), many = KernelPaths.NameOf(PathOf(8, HasSpecials));
            return few == many ? many : $"{few}/{many}";
        }
    }

    /// <summary>Rows are cut between threads at multiples of this.</summary>
    public const int RowAlignment = 32;

    /// <summary>Takes note of the paths by which its products run; null where nobody asks.</summary>
    internal KernelLog? Log { get; set; }

    int Panels => (Rows + PanelRows - 1) / PanelRows;

    int RowsAtOnce => (int)Math.Clamp(BytesAtOnce / _panelBytes, 1, MostRowsAtOnce / PanelRows) * PanelRows;

    /// <summary>Lays out rows of a tensor in memory.</summary>
    /// <param name="tensor">The tensor; it is not needed afterwards.</param>
    /// <param name="firstRow">The first row, counted over all the outer extents.</param>
    /// <param name="rows">How many.</param>
    /// <param name="pool">Threads that share the work, or null.</param>
    /// <exception cref="ModelFormatException">The file ended early or changed since it was opened.</exception>
    public static WeightMatrix Load(Tensor tensor, long firstRow, int rows, WorkerPool? pool)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        WeightMatrix matrix = Create(tensor, rows);
        try
        {
            matrix.Allocate();
            PanelBuilder builder = new(matrix, tensor, firstRow);
            if (pool is null)
            {
                builder.Run(0);
            }
            else
            {
                pool.RunShared(builder);
            }

            return matrix;
        }
        catch
        {
            matrix.Dispose();
            throw;
        }
    }

    /// <summary>A matrix whose panels somebody keeps: as <see cref="Load(Tensor, long, int, WorkerPool?)"/> laid them out, in memory that lives as long as the matrix.</summary>
    /// <param name="tensor">The tensor they were laid out from.</param>
    /// <param name="rows">How many.</param>
    /// <param name="panels"><see cref="Bytes"/> bytes, from a cache line on.</param>
    /// <param name="hasSpecials">As <see cref="HasSpecials"/> was.</param>
    internal static WeightMatrix Keep(Tensor tensor, int rows, byte* panels, bool hasSpecials)
    {
        WeightMatrix matrix = Create(tensor, rows);
        matrix._panels = panels;
        matrix.HasSpecials = hasSpecials;
        return matrix;
    }

    /// <summary>A matrix without panels of its own: each product reads the rows it needs and lays them out in scratch, where the same kernels meet them.</summary>
    /// <param name="tensor">The tensor, which stays readable as long as the matrix lives.</param>
    /// <param name="firstRow">The first row, counted over all the outer extents.</param>
    /// <param name="rows">How many.</param>
    /// <param name="scratch">With room for <see cref="ScratchBytes"/>.</param>
    /// <param name="hasRoom">Whether it gets the memory for panels, untouched until <see cref="LayOutAll"/>.</param>
    internal static WeightMatrix Stream(Tensor tensor, long firstRow, int rows, PanelScratch scratch, bool hasRoom = false)
    {
        WeightMatrix matrix = Create(tensor, rows);
        matrix._rows = new FileRows(tensor, firstRow, scratch);
        if (hasRoom)
        {
            matrix.Allocate();
        }

        return matrix;
    }

    /// <summary>Lays out all rows of a matrix that has room for it; it does not need the tensor afterwards. Not during a product.</summary>
    /// <exception cref="ModelFormatException">The file ended early.</exception>
    internal void LayOutAll(WorkerPool pool)
    {
        if (_rows is var (tensor, firstRow, _))
        {
            pool.RunShared(new PanelBuilder(this, tensor, firstRow));
            _rows = null;
        }
    }

    /// <summary>Bytes that rows of a tensor take in panels.</summary>
    internal static long PanelBytes(Tensor tensor, int rows) => Create(tensor, rows).Bytes;

    /// <summary>Bytes of scratch that a matrix without panels needs for each thread: some rows, and their panels.</summary>
    internal static long ScratchBytes(WeightType type, int columns) =>
        // Rows take no more than their panels; scales of FP8 take most where they are finest.
        2 * Math.Max(BytesAtOnce, Create(type, PanelRows, columns, columnsPerScale: 1)._panelBytes);

    /// <summary>Lays out rows given as the bytes of a file.</summary>
    /// <param name="type">Their format.</param>
    /// <param name="rows">How many.</param>
    /// <param name="columns">Weights in a row; whole blocks.</param>
    /// <param name="bytes">The rows, one after another.</param>
    /// <param name="scales">Of an FP8 type, what its numbers are multiplied with.</param>
    public static WeightMatrix Load(WeightType type, int rows, int columns, ReadOnlySpan<byte> bytes, TensorScales? scales = null)
    {
        if (bytes.Length != rows * type.RowBytes(columns))
        {
            throw new ArgumentException($"{rows} rows of {columns} {type.GgufName} weights take {rows * type.RowBytes(columns)} bytes, not {bytes.Length}", nameof(bytes));
        }

        WeightMatrix matrix = Create(type, rows, columns, scales?.ColumnsPerScale ?? long.MaxValue);
        matrix.Allocate();
        fixed (byte* first = bytes)
        {
            matrix.FillPanels(first, 0, rows, scales, 0);
        }

        return matrix;
    }

    /// <summary>y[token, row] = Σ weight[row, k] · x[token, k] for a range of tokens and a range of rows.</summary>
    /// <param name="x">[tokens, columns], quantized to <see cref="Activation"/>.</param>
    /// <param name="tokenBegin">The first token, a multiple of <see cref="ActivationBuffer.TokenAlignment"/> (the rows of one expert begin there).</param>
    /// <param name="tokenEnd">One past the last token; any.</param>
    /// <param name="rowBegin">The first row, a multiple of <see cref="RowAlignment"/>.</param>
    /// <param name="rowEnd">One past the last row: a multiple too, or <see cref="Rows"/>.</param>
    /// <param name="y">Where row 0 of token <paramref name="tokenBegin"/> would stand; only rows of the range are written. It may point before the caller's memory, as <c>scratch - rowBegin</c>.</param>
    /// <param name="stride">Floats from one token's output to the next one's.</param>
    public void Multiply(ActivationBuffer x, int tokenBegin, int tokenEnd, int rowBegin, int rowEnd, float* y, int stride)
    {
        if (x.Kind != Activation || x.Columns != Columns)
        {
            throw new ArgumentException($"{Columns} columns of {Activation} wanted, {x.Columns} of {x.Kind} given", nameof(x));
        }

        if (tokenBegin < 0 || tokenEnd > x.MaxTokens || rowBegin < 0 || rowEnd > Rows || rowBegin % RowAlignment != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(rowBegin), $"rows {rowBegin}–{rowEnd} of {Rows}, tokens {tokenBegin}–{tokenEnd} of {x.MaxTokens}");
        }

        if (tokenBegin >= tokenEnd)
        {
            return;
        }

        if (_rows is null && rowBegin < rowEnd)
        {
            Run(TakePath(tokenEnd - tokenBegin, HasSpecials), Product(x, tokenBegin, tokenEnd, rowBegin, rowEnd, y, stride));
        }

        for (int row = rowBegin; _rows is not null && row < rowEnd; row += RowsAtOnce)
        {
            int count = Math.Min(RowsAtOnce, rowEnd - row);
            bool finite = LayOut(row, count, out byte* panels);
            Run(TakePath(tokenEnd - tokenBegin, !finite), Product(x, tokenBegin, tokenEnd, panels, row, row + count, y, stride));
        }
    }

    /// <summary>Writes one row as floats, exactly as the format defines them.</summary>
    /// <param name="row">The row.</param>
    /// <param name="destination">[columns].</param>
    public void ReadRow(int row, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows, nameof(row));
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, Columns);
        fixed (float* to = destination)
        {
            if (_rows is null)
            {
                ReadRow(Panel(row), row % PanelRows, to);
            }
            else
            {
                LayOut(row, 1, out byte* panel);
                ReadRow(panel, 0, to);
            }
        }
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            if (_ownsPanels)
            {
                NativeMemory.AlignedFree(_panels);
            }
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>A product of checked ranges, neither of them empty, down to addresses.</summary>
    internal Product Product(ActivationBuffer x, int tokenBegin, int tokenEnd, int rowBegin, int rowEnd, float* y, int stride) =>
        Product(x, tokenBegin, tokenEnd, Panel(rowBegin), rowBegin, rowEnd, y, stride);

    Product Product(ActivationBuffer x, int tokenBegin, int tokenEnd, byte* panels, int rowBegin, int rowEnd, float* y, int stride) =>
        new(x.Record(tokenBegin), x.Layout, tokenEnd - tokenBegin, panels, _panelBytes, Columns, rowEnd - rowBegin, y + rowBegin, stride);

    /// <summary>Takes memory for the panels.</summary>
    internal void Allocate()
    {
        _panels = LargePages.Allocate((nuint)checked(_panelBytes * Panels));
        _ownsPanels = true;
    }

    /// <summary>Fills the matrix's panels from rows of the file; <paramref name="firstRow"/> begins a panel.</summary>
    internal void FillPanels(byte* rows, int firstRow, int count, TensorScales? scales, long firstScaleRow)
    {
        if (!Fill(Panel(firstRow), rows, count, scales, firstScaleRow + firstRow))
        {
            HasSpecials = true;
        }
    }

    /// <summary>Where the panels of some rows lie, or will; nowhere where the matrix has none of its own.</summary>
    internal (nint Begin, nint End) Memory(int rowBegin, int rowEnd)
    {
        if (_panels is null)
        {
            return (0, 0);
        }

        nint begin = (nint)Panel(rowBegin);
        return (begin, begin + (rowEnd - rowBegin + PanelRows - 1) / PanelRows * _panelBytes);
    }

    /// <summary>Bytes of the panels in memory.</summary>
    internal ReadOnlySpan<byte> PanelBytes(long first, int count) => new(Panel(0) + first, count);

    /// <summary>Whether a number or a scale is infinite or NaN. The vector paths convert finite ones alone, so such a matrix, useless as it is, takes the plain path.</summary>
    internal bool HasSpecials { get; private set; }

    /// <summary>Lays rows out in this thread's scratch.</summary>
    /// <returns>Whether all numbers and scales are finite.</returns>
    bool LayOut(int row, int count, out byte* panels)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        (Tensor tensor, long firstRow, PanelScratch scratch) = _rows!;
        panels = scratch.Memory;
        byte* rows = panels + RowsAtOnce / PanelRows * _panelBytes;
        tensor.ReadRows(firstRow + row, new Span<byte>(rows, (int)(count * tensor.RowBytes)));
        return Fill(panels, rows, count, tensor.Scales, firstRow + row);
    }

    /// <summary>Fills panels from rows of the file.</summary>
    bool Fill(byte* panels, byte* rows, int count, TensorScales? scales, long firstScaleRow)
    {
        bool finite = true;
        for (int row = 0; row < count; row += PanelRows, panels += _panelBytes)
        {
            int some = Math.Min(PanelRows, count - row);
            new Span<byte>(panels, (int)_panelBytes).Clear();
            finite &= PutRows(panels, rows + row * Type.RowBytes(Columns), some);
            for (int i = 0; scales is not null && i < some; i++)
            {
                PutScales(panels, i, scales, firstScaleRow + row + i);
            }
        }

        return finite;
    }

    /// <summary>The path by which a product runs now.</summary>
    KernelPath TakePath(int tokens, bool hasSpecials)
    {
        KernelPath path = PathOf(tokens, hasSpecials);
        Log?.Add(path);
        return path;
    }

    KernelPath PathOf(int tokens, bool hasSpecials) => hasSpecials ? KernelPath.Scalar : Path(tokens);

    private protected virtual KernelPath Path(int tokens) => KernelPaths.Choose(Type, tokens);

    /// <summary>Lays out up to a panel of rows in a panel of zeros.</summary>
    /// <returns>Whether all numbers and scales are finite.</returns>
    private protected abstract bool PutRows(byte* panel, byte* rows, int count);

    private protected virtual void PutScales(byte* panel, int row, TensorScales scales, long scaleRow) =>
        throw new NotSupportedException($"{Type.GgufName} weights with scales of their own besides");

    private protected abstract void ReadRow(byte* panel, int row, float* to);

    private protected abstract void Run(KernelPath path, in Product product);

    byte* Panel(int row)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _panels + row / PanelRows * _panelBytes;
    }

    static WeightMatrix Create(Tensor tensor, int rows) => Create(tensor.Type, rows, checked((int)tensor.Columns), tensor.Scales?.ColumnsPerScale ?? long.MaxValue);

    static WeightMatrix Create(WeightType type, int rows, int columns, long columnsPerScale) => type switch
    {
        WeightType.F32 => new FloatMatrix<F32>(rows, columns, columnsPerScale),
        WeightType.F16 => new FloatMatrix<F16>(rows, columns, columnsPerScale),
        WeightType.BF16 => new FloatMatrix<BF16>(rows, columns, columnsPerScale),
        WeightType.F8_E4M3 => new FloatMatrix<F8_E4M3>(rows, columns, columnsPerScale),
        WeightType.F8_E5M2 => new FloatMatrix<F8_E5M2>(rows, columns, columnsPerScale),
        WeightType.Q4_0 => new BlockMatrix<Q4_0>(rows, columns),
        WeightType.Q4_1 => new BlockMatrix<Q4_1>(rows, columns),
        WeightType.Q5_0 => new BlockMatrix<Q5_0>(rows, columns),
        WeightType.Q5_1 => new BlockMatrix<Q5_1>(rows, columns),
        WeightType.Q8_0 => new BlockMatrix<Q8_0>(rows, columns),
        WeightType.Q2_K => new BlockMatrix<Q2_K>(rows, columns),
        WeightType.Q3_K => new BlockMatrix<Q3_K>(rows, columns),
        WeightType.Q4_K => new BlockMatrix<Q4_K>(rows, columns),
        WeightType.Q5_K => new BlockMatrix<Q5_K>(rows, columns),
        WeightType.Q6_K => new BlockMatrix<Q6_K>(rows, columns),
        WeightType.IQ4_NL => new BlockMatrix<IQ4_NL>(rows, columns),
        WeightType.IQ4_XS => new BlockMatrix<IQ4_XS>(rows, columns),
        WeightType.MXFP4 => new BlockMatrix<MXFP4>(rows, columns),
        WeightType.NVFP4 => new BlockMatrix<NVFP4>(rows, columns),
        _ => throw new NotSupportedException($"weights of type {(type.IsKnown ? type.GgufName : type.ToString())} cannot be multiplied"),
    };

    /// <summary>Where the rows of a matrix without panels are read, and where they are laid out.</summary>
    sealed record FileRows(Tensor Tensor, long FirstRow, PanelScratch Scratch);
}
