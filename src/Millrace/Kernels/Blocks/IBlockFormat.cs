using Millrace.Formats;

namespace Millrace.Kernels.Blocks;

/// <summary>A format of blocks of integers: how a row of the file is read, how 16 rows lie in a panel, and how a kernel takes 4 columns × 8 or 16 rows out of it. One small struct per format; the codes come from a mixin per bit width and the scales from a mixin per kind.</summary>
/// <remarks>
/// A panel holds 16 rows. Codes: for every 32 columns <see cref="CodeBytes"/> bytes, in lines of 64: byte 4r + i of a line belongs to row r and column 4g + i of group g, so that four activations broadcast to all lanes meet four columns of every row and no lane is ever shuffled or summed across.
/// Scales: in a plane of their own, <see cref="ScaleBytes"/> for each unit.
/// </remarks>
unsafe interface IBlockFormat
{
    /// <summary>The type.</summary>
    static abstract WeightType Type { get; }

    /// <summary>Bytes of the codes of 16 rows × 32 columns.</summary>
    static abstract int CodeBytes { get; }

    /// <summary>Bytes of the scales of 16 rows × one unit.</summary>
    static abstract int ScaleBytes { get; }

    /// <summary>Pieces of 16 columns under one float scale: 1, 2 or 16.</summary>
    static abstract int UnitPieces { get; }

    /// <summary>Pieces of 16 columns under one integer scale: 1 or 2.</summary>
    static abstract int ScalePieces { get; }

    /// <summary>Whether a code takes 8 bits: more than a 16-bit sum of products can hold.</summary>
    static abstract bool Wide { get; }

    /// <summary>Whether 8 products of codes overflow a 16-bit sum, and only 4 may be added before it is widened.</summary>
    static abstract bool ShortSums { get; }

    /// <summary>What is subtracted from an unpacked code to give its value.</summary>
    static abstract int Offset { get; }

    /// <summary>Whether there are minima.</summary>
    static abstract bool HasMins { get; }

    /// <summary>Reads a unit of a row of the file.</summary>
    static abstract void Read(byte* row, int unit, WeightUnit* to);

    /// <summary>The number that a stored code stands for, before scaling.</summary>
    static abstract int Value(int code);

    /// <summary>The float scale of a unit.</summary>
    static abstract float Scale(ushort bits);

    /// <summary>Stores the codes of one row and 32 columns.</summary>
    static abstract void PutCodes(byte* block, int row, byte* codes);

    /// <summary>Takes the codes of one row and 32 columns.</summary>
    static abstract void GetCodes(byte* block, int row, byte* codes);

    /// <summary>Stores the scales of one row and unit.</summary>
    static abstract void PutScales(byte* scales, int row, WeightUnit* from);

    /// <summary>Takes the scales of one row and unit.</summary>
    static abstract void GetScales(byte* scales, int row, WeightUnit* to);
}
