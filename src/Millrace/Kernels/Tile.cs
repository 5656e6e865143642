namespace Millrace.Kernels;

/// <summary>What the loop over the columns of a tile needs to know.</summary>
readonly unsafe struct Tile(byte* x, ActivationLayout layout, byte* panel0, byte* panel1, int first, int columns, int runColumns, bool ahead)
{
    /// <summary>The record of the first token.</summary>
    public readonly byte* X = x;

    /// <summary>Where the parts of a record lie, and how far the next token's record is.</summary>
    public readonly ActivationLayout Layout = layout;

    /// <summary>The first of the columns in the panel of the first register.</summary>
    public readonly byte* Panel0 = panel0;

    /// <summary>And of the second: the same where a register holds half a panel.</summary>
    public readonly byte* Panel1 = panel1;

    /// <summary>The first column.</summary>
    public readonly int First = first;

    /// <summary>How many columns.</summary>
    public readonly int Columns = columns;

    /// <summary>Of a float format, columns that are summed before they are added to the rest.</summary>
    public readonly int RunColumns = runColumns;

    /// <summary>Whether the weights come from memory, so that later ones should be asked for: true for the first tokens that meet them.</summary>
    public readonly bool Ahead = ahead;
}
