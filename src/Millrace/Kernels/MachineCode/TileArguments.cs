using System.Runtime.InteropServices;

namespace Millrace.Kernels.MachineCode;

/// <summary>What the code of <see cref="TileCode"/> is called with.</summary>
[StructLayout(LayoutKind.Explicit, Size = 96)]
unsafe struct TileArguments
{
    public const int TableAt = 0, MaskAt = 16, HighMaskAt = 20, Panel0At = 24, Panel1At = 32, XAt = 40, StrideAt = 48;
    public const int TokensAt = 56, LanesAt = 64, ResultsAt = 72, GatheredAt = 80, BlocksAt = 88;

    /// <summary>16 bytes that codes are indices into, where they are.</summary>
    [FieldOffset(TableAt)]
    public fixed byte Table[16];

    /// <summary>Four times the bits of a code that the first plane holds.</summary>
    [FieldOffset(MaskAt)]
    public uint Mask;

    /// <summary>Four times those of the second.</summary>
    [FieldOffset(HighMaskAt)]
    public uint HighMask;

    /// <summary>Codes of the first 16 rows.</summary>
    [FieldOffset(Panel0At)]
    public byte* Panel0;

    /// <summary>Codes of the next 16 rows.</summary>
    [FieldOffset(Panel1At)]
    public byte* Panel1;

    /// <summary>Numbers of the first token, signed bytes.</summary>
    [FieldOffset(XAt)]
    public byte* X;

    /// <summary>Bytes from one token's numbers to the next one's.</summary>
    [FieldOffset(StrideAt)]
    public nint Stride;

    /// <summary>[tokens] records of <see cref="TokenScalars"/>.</summary>
    [FieldOffset(TokensAt)]
    public TokenScalars* Tokens;

    /// <summary>Scales and minima of the rows, as <see cref="TileLanes{TFormat}"/> puts them.</summary>
    [FieldOffset(LanesAt)]
    public byte* Lanes;

    /// <summary>[tokens][32 rows] floats to which the columns are added.</summary>
    [FieldOffset(ResultsAt)]
    public float* Results;

    /// <summary>Scratch: [tokens][32 rows] integers.</summary>
    [FieldOffset(GatheredAt)]
    public int* Gathered;

    /// <summary>How many times 32 columns: up to 8; exactly 8 where they are one unit.</summary>
    [FieldOffset(BlocksAt)]
    public nint Blocks;
}

/// <summary>What the code needs of a token besides its numbers, for up to 16 sums.</summary>
unsafe struct TokenScalars
{
    public const int Sums = 16;
    public const int FactorsAt = sizeof(int) * Sums, TotalsAt = 2 * FactorsAt, Size = 3 * FactorsAt;

    /// <summary>What sums begin at: minus the offset of the codes times the sum of the numbers that will come.</summary>
    public fixed int Starts[Sums];

    /// <summary>The scale of the numbers: one for each sum, or the unit's.</summary>
    public fixed float Factors[Sums];

    /// <summary>For minima: floats, one a sum, or words of two 16-bit sums.</summary>
    public fixed int Totals[Sums];
}
