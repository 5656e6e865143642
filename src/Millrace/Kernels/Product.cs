namespace Millrace.Kernels;

/// <summary>A matrix product as a kernel sees it: checked, and down to addresses.</summary>
readonly unsafe struct Product(byte* x, ActivationLayout layout, int tokens, byte* panel, nint panelBytes, int columns, int rows, float* y, int stride)
{
    /// <summary>The first token's record.</summary>
    public readonly byte* X = x;

    /// <summary>Where the parts of a record lie.</summary>
    public readonly ActivationLayout Layout = layout;

    /// <summary>How many tokens.</summary>
    public int Tokens { get; init; } = tokens;

    /// <summary>The panel of the first row.</summary>
    public readonly byte* Panel = panel;

    /// <summary>Bytes from one panel to the next.</summary>
    public readonly nint PanelBytes = panelBytes;

    /// <summary>Input width.</summary>
    public readonly int Columns = columns;

    /// <summary>Output rows to compute; the last panel may be cut.</summary>
    public readonly int Rows = rows;

    /// <summary>The first row of the first token.</summary>
    public readonly float* Y = y;

    /// <summary>Floats from one token's output to the next one's.</summary>
    public readonly int Stride = stride;

    /// <summary>Of a float format, columns that are summed before they are added to the rest.</summary>
    public int RunColumns { get; init; }
}
