using System.Runtime.CompilerServices;
using Millrace.Kernels.Vectors;

namespace Millrace.Kernels.Blocks;

/// <summary>One binary16 for 32 weights: [16 rows].</summary>
unsafe interface IHalfScale : IBlockFormat
{
    static int IBlockFormat.UnitPieces => 2;
    static int IBlockFormat.ScalePieces => 2;
    static int IBlockFormat.ScaleBytes => 32;
    static bool IBlockFormat.HasMins => false;

    static float IBlockFormat.Scale(ushort bits) => HalfBits.FromHalf(bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IBlockFormat.PutScales(byte* scales, int row, WeightUnit* from) => ((ushort*)scales)[row] = from->Scale;

    static void IBlockFormat.GetScales(byte* scales, int row, WeightUnit* to)
    {
        to->Scale = ((ushort*)scales)[row];
        to->Min = 0;
        ScaleParts.Ones(to);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IBlockFormat.ScaleLanes<TVector, TLanes>(byte* scales, int row) =>
        ScaleParts.Halves<TVector, TLanes>(scales + 2 * row);
}

/// <summary>A binary16 scale and a binary16 minimum, which is added, for 32 weights: [scale, minimum][16 rows].</summary>
unsafe interface IHalfScaleAndMin : IBlockFormat
{
    static int IBlockFormat.UnitPieces => 2;
    static int IBlockFormat.ScalePieces => 2;
    static int IBlockFormat.ScaleBytes => 64;
    static bool IBlockFormat.HasMins => true;

    static float IBlockFormat.Scale(ushort bits) => HalfBits.FromHalf(bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IBlockFormat.PutScales(byte* scales, int row, WeightUnit* from)
    {
        ((ushort*)scales)[row] = from->Scale;
        ((ushort*)scales)[16 + row] = from->Min;
    }

    static void IBlockFormat.GetScales(byte* scales, int row, WeightUnit* to)
    {
        to->Scale = ((ushort*)scales)[row];
        to->Min = ((ushort*)scales)[16 + row];
        ScaleParts.Ones(to);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IBlockFormat.ScaleLanes<TVector, TLanes>(byte* scales, int row) =>
        ScaleParts.Halves<TVector, TLanes>(scales + 2 * row);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IBlockFormat.MinLanes<TVector, TLanes>(byte* scales, int row) =>
        ScaleParts.Halves<TVector, TLanes>(scales + 32 + 2 * row);
}

/// <summary>One byte of float scale (of 8 exponent bits, or of 4 and 3 mantissa bits): [16 rows].</summary>
unsafe interface IByteScale : IBlockFormat
{
    static int IBlockFormat.ScaleBytes => 16;
    static bool IBlockFormat.HasMins => false;

    // All ones is NaN to MXFP4; NVFP4 reads none such.
    static bool IBlockFormat.IsFinite(ushort bits) => bits != byte.MaxValue;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IBlockFormat.PutScales(byte* scales, int row, WeightUnit* from) => scales[row] = (byte)from->Scale;

    static void IBlockFormat.GetScales(byte* scales, int row, WeightUnit* to)
    {
        to->Scale = scales[row];
        to->Min = 0;
        ScaleParts.Ones(to);
    }
}

/// <summary>A binary16 for 256 weights and a signed byte for each 16 or 32: [sub-scale][16 rows] bytes, then [16 rows] halves.</summary>
unsafe interface ISubScales : IBlockFormat
{
    static int IBlockFormat.UnitPieces => 16;
    static bool IBlockFormat.HasMins => false;

    static float IBlockFormat.Scale(ushort bits) => HalfBits.FromHalf(bits);
}

/// <summary>Sub-scales of 16 weights.</summary>
unsafe interface ISubScalesOf16 : ISubScales
{
    static int IBlockFormat.ScalePieces => 1;
    static int IBlockFormat.ScaleBytes => 16 * 16 + 32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IBlockFormat.PutScales(byte* scales, int row, WeightUnit* from) => ScaleParts.PutSubScales(scales, row, from, 1);

    static void IBlockFormat.GetScales(byte* scales, int row, WeightUnit* to) => ScaleParts.GetSubScales(scales, row, to, 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IBlockFormat.ScaleLanes<TVector, TLanes>(byte* scales, int row) =>
        ScaleParts.Halves<TVector, TLanes>(scales + 256 + 2 * row);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IBlockFormat.SubScaleLanes<TVector, TLanes>(byte* scales, int index, int row) =>
        TLanes.SignedBytes(scales + 16 * index + row);
}

/// <summary>Sub-scales of 32 weights.</summary>
unsafe interface ISubScalesOf32 : ISubScales
{
    static int IBlockFormat.ScalePieces => 2;
    static int IBlockFormat.ScaleBytes => 8 * 16 + 32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IBlockFormat.PutScales(byte* scales, int row, WeightUnit* from) => ScaleParts.PutSubScales(scales, row, from, 2);

    static void IBlockFormat.GetScales(byte* scales, int row, WeightUnit* to) => ScaleParts.GetSubScales(scales, row, to, 2);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IBlockFormat.ScaleLanes<TVector, TLanes>(byte* scales, int row) =>
        ScaleParts.Halves<TVector, TLanes>(scales + 128 + 2 * row);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IBlockFormat.SubScaleLanes<TVector, TLanes>(byte* scales, int index, int row) =>
        TLanes.SignedBytes(scales + 16 * index + row);
}

/// <summary>For 256 weights two binary16, for each 32 a byte of scale and a byte of minimum: [8][16 rows] scales, [8][16 rows] minima, [scale, minimum][16 rows] halves.</summary>
unsafe interface ISubScalesAndMins : IBlockFormat
{
    static int IBlockFormat.UnitPieces => 16;
    static int IBlockFormat.ScalePieces => 2;
    static int IBlockFormat.ScaleBytes => 2 * 8 * 16 + 64;
    static bool IBlockFormat.HasMins => true;

    static float IBlockFormat.Scale(ushort bits) => HalfBits.FromHalf(bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IBlockFormat.PutScales(byte* scales, int row, WeightUnit* from)
    {
        for (int i = 0; i < 8; i++)
        {
            scales[16 * i + row] = (byte)from->SubScales[2 * i];
            scales[128 + 16 * i + row] = from->SubMins[2 * i];
        }

        ((ushort*)(scales + 256))[row] = from->Scale;
        ((ushort*)(scales + 256))[16 + row] = from->Min;
    }

    static void IBlockFormat.GetScales(byte* scales, int row, WeightUnit* to)
    {
        for (int i = 0; i < 16; i++)
        {
            to->SubScales[i] = (sbyte)scales[16 * (i / 2) + row];
            to->SubMins[i] = scales[128 + 16 * (i / 2) + row];
        }

        to->Scale = ((ushort*)(scales + 256))[row];
        to->Min = ((ushort*)(scales + 256))[16 + row];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IBlockFormat.ScaleLanes<TVector, TLanes>(byte* scales, int row) =>
        ScaleParts.Halves<TVector, TLanes>(scales + 256 + 2 * row);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IBlockFormat.MinLanes<TVector, TLanes>(byte* scales, int row) =>
        ScaleParts.Halves<TVector, TLanes>(scales + 288 + 2 * row);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IBlockFormat.SubScaleLanes<TVector, TLanes>(byte* scales, int index, int row) =>
        TLanes.UnsignedBytes(scales + 16 * index + row);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IBlockFormat.SubMinLanes<TVector, TLanes>(byte* scales, int pair, int row) =>
        TLanes.Or(TLanes.UnsignedBytes(scales + 128 + 32 * pair + row), TLanes.ShiftIntsLeft(TLanes.UnsignedBytes(scales + 144 + 32 * pair + row), 16));
}

/// <summary>For 256 weights two binary16, for each 16 a nibble of scale and a nibble of minimum: [16][16 rows] bytes, [scale, minimum][16 rows] halves.</summary>
unsafe interface INibbleScalesAndMins : IBlockFormat
{
    static int IBlockFormat.UnitPieces => 16;
    static int IBlockFormat.ScalePieces => 1;
    static int IBlockFormat.ScaleBytes => 16 * 16 + 64;
    static bool IBlockFormat.HasMins => true;

    static float IBlockFormat.Scale(ushort bits) => HalfBits.FromHalf(bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IBlockFormat.PutScales(byte* scales, int row, WeightUnit* from)
    {
        for (int i = 0; i < 16; i++)
        {
            scales[16 * i + row] = (byte)(from->SubScales[i] & 15 | from->SubMins[i] << 4);
        }

        ((ushort*)(scales + 256))[row] = from->Scale;
        ((ushort*)(scales + 256))[16 + row] = from->Min;
    }

    static void IBlockFormat.GetScales(byte* scales, int row, WeightUnit* to)
    {
        for (int i = 0; i < 16; i++)
        {
            to->SubScales[i] = (sbyte)(scales[16 * i + row] & 15);
            to->SubMins[i] = (byte)(scales[16 * i + row] >> 4);
        }

        to->Scale = ((ushort*)(scales + 256))[row];
        to->Min = ((ushort*)(scales + 256))[16 + row];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IBlockFormat.ScaleLanes<TVector, TLanes>(byte* scales, int row) =>
        ScaleParts.Halves<TVector, TLanes>(scales + 256 + 2 * row);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IBlockFormat.MinLanes<TVector, TLanes>(byte* scales, int row) =>
        ScaleParts.Halves<TVector, TLanes>(scales + 288 + 2 * row);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IBlockFormat.SubScaleLanes<TVector, TLanes>(byte* scales, int index, int row) =>
        TLanes.And(TLanes.UnsignedBytes(scales + 16 * index + row), TLanes.Ints(15));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IBlockFormat.SubMinLanes<TVector, TLanes>(byte* scales, int pair, int row) =>
        TLanes.Or(TLanes.ShiftRight(TLanes.UnsignedBytes(scales + 32 * pair + row), 4), TLanes.ShiftIntsLeft(TLanes.ShiftRight(TLanes.UnsignedBytes(scales + 16 + 32 * pair + row), 4), 16));
}

/// <summary>What the mixins of scales share.</summary>
static unsafe class ScaleParts
{
    public static void Ones(WeightUnit* to)
    {
        for (int i = 0; i < 16; i++)
        {
            to->SubScales[i] = 1;
            to->SubMins[i] = 1;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PutSubScales(byte* scales, int row, WeightUnit* from, int pieces)
    {
        for (int i = 0; i < 16; i += pieces)
        {
            scales[16 * (i / pieces) + row] = (byte)from->SubScales[i];
        }

        ((ushort*)(scales + 256 / pieces))[row] = from->Scale;
    }

    public static void GetSubScales(byte* scales, int row, WeightUnit* to, int pieces)
    {
        for (int i = 0; i < 16; i++)
        {
            to->SubScales[i] = (sbyte)scales[16 * (i / pieces) + row];
            to->SubMins[i] = 0;
        }

        to->Scale = ((ushort*)(scales + 256 / pieces))[row];
        to->Min = 0;
    }

    /// <summary>Finite halves as floats: exponent and mantissa moved to a float's place, times what makes up for the difference of the biases.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Halves<TVector, TLanes>(byte* halves)
        where TVector : unmanaged
        where TLanes : struct, ICodeLanes<TVector> =>
        TLanes.Multiply(TLanes.And(TLanes.ShiftIntsLeft(TLanes.SignedShorts(halves), 13), TLanes.Ints(unchecked((int)0x8FFFE000))), TLanes.Floats(HalfBits.HalfToSingle));
}
