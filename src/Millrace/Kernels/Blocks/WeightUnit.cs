namespace Millrace.Kernels.Blocks;

/// <summary>The weights of one row that share one float scale, as integers: 16, 32 or 256 of them. weight[k] = Scale·SubScale[k / 16]·value(Code[k]) − Min·SubMin[k / 16].</summary>
unsafe struct WeightUnit
{
    /// <summary>Unsigned codes; what number one stands for is the format's affair.</summary>
    public fixed byte Codes[256];

    /// <summary>Integer scales of pieces of 16 weights (1 where the format has none).</summary>
    public fixed sbyte SubScales[16];

    /// <summary>Integer minima of pieces of 16 weights.</summary>
    public fixed byte SubMins[16];

    /// <summary>The float scale, as the bits of the file (binary16, or one byte of another float format).</summary>
    public ushort Scale;

    /// <summary>The binary16 bits of what the minima are multiples of.</summary>
    public ushort Min;
}
