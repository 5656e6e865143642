using System.Diagnostics.CodeAnalysis;
using Millrace.Formats;
using Millrace.Kernels.Vectors;

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

    /// <summary>Whether the float scale of a unit is finite.</summary>
    static virtual bool IsFinite(ushort bits) => HalfBits.IsFinite(bits);

    /// <summary>Stores the codes of 4 rows, from <paramref name="row"/> on, and 32 columns.</summary>
    static abstract void PutCodes(byte* block, int row, in CodeGroups codes);

    /// <summary>Takes the codes of one row and 32 columns.</summary>
    static abstract void GetCodes(byte* block, int row, byte* codes);

    /// <summary>Stores the scales of one row and unit.</summary>
    static abstract void PutScales(byte* scales, int row, WeightUnit* from);

    /// <summary>Takes the scales of one row and unit.</summary>
    static abstract void GetScales(byte* scales, int row, WeightUnit* to);

    /// <summary>What the groups of a piece of 16 columns share, in whatever form <see cref="Unpack"/> wants.</summary>
    /// <param name="block">The codes of 32 columns, from the first row of the register on.</param>
    /// <param name="piece">The half of the columns: 0 or 1.</param>
    /// <param name="digit">Of 8-bit codes, which 4 bits are wanted: 0 the low, 1 the high ones, or -1 for the whole.</param>
    static virtual TVector Prepare<TVector, TLanes>(byte* block, int piece, int digit)
        where TVector : unmanaged
        where TLanes : struct, ICodeLanes<TVector> => default;

    /// <summary>Codes of 4 columns, unsigned, with <see cref="Offset"/> still in them.</summary>
    /// <param name="block">As for <see cref="Prepare"/>; so is <paramref name="piece"/>, and <paramref name="digit"/>.</param>
    /// <param name="piece">The half of the columns.</param>
    /// <param name="group">4 columns of the piece: 0 to 3.</param>
    /// <param name="digit">Which bits.</param>
    /// <param name="shared">What <see cref="Prepare"/> gave.</param>
    static abstract TVector Unpack<TVector, TLanes>(byte* block, int piece, [ConstantExpected] int group, int digit, TVector shared)
        where TVector : unmanaged
        where TLanes : struct, ICodeLanes<TVector>;

    /// <summary>The float scales of a unit, from row <paramref name="row"/> on.</summary>
    static abstract TVector ScaleLanes<TVector, TLanes>(byte* scales, int row)
        where TVector : unmanaged
        where TLanes : struct, ICodeLanes<TVector>;

    /// <summary>The float minima of a unit.</summary>
    static virtual TVector MinLanes<TVector, TLanes>(byte* scales, int row)
        where TVector : unmanaged
        where TLanes : struct, ICodeLanes<TVector> => default;

    /// <summary>Integer scales, one a lane.</summary>
    /// <param name="scales">The unit's scales.</param>
    /// <param name="index">Which, counted in <see cref="ScalePieces"/>.</param>
    /// <param name="row">The first row.</param>
    static virtual TVector SubScaleLanes<TVector, TLanes>(byte* scales, int index, int row)
        where TVector : unmanaged
        where TLanes : struct, ICodeLanes<TVector> => default;

    /// <summary>Two integer minima, those of index 2·<paramref name="pair"/> and the next, as 16-bit words of a lane.</summary>
    static virtual TVector SubMinLanes<TVector, TLanes>(byte* scales, int pair, int row)
        where TVector : unmanaged
        where TLanes : struct, ICodeLanes<TVector> => default;
}
