using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Millrace.Formats;
using Millrace.Kernels.Vectors;

namespace Millrace.Kernels.Blocks;

/// <summary>weight = d·(code − 8). Block: d f16, 16 bytes whose low nibbles are columns 0–15 and high nibbles 16–31.</summary>
readonly unsafe struct Q4_0 : IFourBits, IHalfScale
{
    public static WeightType Type => WeightType.Q4_0;
    public static bool Wide => false;
    public static int Offset => 8;

    public static int Value(int code) => code - 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(byte* row, int unit, WeightUnit* to)
    {
        byte* block = row + 18L * unit;
        to->Scale = *(ushort*)block;
        RawBits.Nibbles(block + 2, 16, to->Codes);
    }
}

/// <summary>weight = d·code + m. Block: d, m f16, nibbles as in Q4_0.</summary>
readonly unsafe struct Q4_1 : IFourBits, IHalfScaleAndMin
{
    public static WeightType Type => WeightType.Q4_1;
    public static bool Wide => false;
    public static int Offset => 0;

    public static int Value(int code) => code;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(byte* row, int unit, WeightUnit* to)
    {
        byte* block = row + 20L * unit;
        to->Scale = ((ushort*)block)[0];
        to->Min = ((ushort*)block)[1];
        RawBits.Nibbles(block + 4, 16, to->Codes);
    }
}

/// <summary>weight = d·(code − 16). Block: d f16, 32 high bits, nibbles as in Q4_0.</summary>
readonly unsafe struct Q5_0 : IFiveBits, IHalfScale
{
    public static WeightType Type => WeightType.Q5_0;
    public static bool ShortSums => false;
    public static int Offset => 16;

    public static int Value(int code) => code - 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(byte* row, int unit, WeightUnit* to)
    {
        byte* block = row + 22L * unit;
        to->Scale = *(ushort*)block;
        RawBits.Nibbles(block + 6, 16, to->Codes);
        RawBits.OrHighBits(block + 2, to->Codes);
    }
}

/// <summary>weight = d·code + m. Block: d, m f16, 32 high bits, nibbles as in Q4_0.</summary>
readonly unsafe struct Q5_1 : IFiveBits, IHalfScaleAndMin
{
    public static WeightType Type => WeightType.Q5_1;
    public static bool ShortSums => true;
    public static int Offset => 0;

    public static int Value(int code) => code;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(byte* row, int unit, WeightUnit* to)
    {
        byte* block = row + 24L * unit;
        to->Scale = ((ushort*)block)[0];
        to->Min = ((ushort*)block)[1];
        RawBits.Nibbles(block + 8, 16, to->Codes);
        RawBits.OrHighBits(block + 4, to->Codes);
    }
}

/// <summary>weight = d·q of signed bytes, kept as q + 128. Block: d f16, 32 bytes.</summary>
readonly unsafe struct Q8_0 : IEightBits, IHalfScale
{
    public static WeightType Type => WeightType.Q8_0;
    public static int Offset => 128;

    public static int Value(int code) => code - 128;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(byte* row, int unit, WeightUnit* to)
    {
        byte* block = row + 34L * unit;
        to->Scale = *(ushort*)block;
        Vector128<byte> sign = Vector128.Create((byte)0x80);
        Vector128.Store(Vector128.Load(block + 2) ^ sign, to->Codes);
        Vector128.Store(Vector128.Load(block + 18) ^ sign, to->Codes + 16);
    }
}

/// <summary>weight = d·table[code]. Block: d f16, nibbles as in Q4_0.</summary>
readonly unsafe struct IQ4_NL : INonLinear, IHalfScale
{
    public static WeightType Type => WeightType.IQ4_NL;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(byte* row, int unit, WeightUnit* to)
    {
        byte* block = row + 18L * unit;
        to->Scale = *(ushort*)block;
        RawBits.Nibbles(block + 2, 16, to->Codes);
    }
}

/// <summary>weight = 2^(e − 128)·(twice the E2M1 number). Block: e, nibbles as in Q4_0.</summary>
/// <remarks>Source: OCP Microscaling Formats 1.0; the factor of two as in ggml.</remarks>
readonly unsafe struct MXFP4 : IFloat4, IByteScale
{
    public static WeightType Type => WeightType.MXFP4;
    public static int UnitPieces => 2;
    public static int ScalePieces => 2;

    // 2^(e−128): the exponent alone, halved; for e = 0 the bits of the subnormal 2^−127, halved.
    public static float Scale(ushort bits) => 0.5f * BitConverter.Int32BitsToSingle(Math.Max(bits << 23, 1 << 22));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector ScaleLanes<TVector, TLanes>(byte* scales, int row)
        where TVector : unmanaged
        where TLanes : struct, ICodeLanes<TVector> =>
        TLanes.Multiply(TLanes.MaxInts(TLanes.ShiftIntsLeft(TLanes.UnsignedBytes(scales + row), 23), TLanes.Ints(1 << 22)), TLanes.Floats(0.5f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(byte* row, int unit, WeightUnit* to)
    {
        byte* block = row + 17L * unit;
        to->Scale = block[0];
        RawBits.Nibbles(block + 1, 16, to->Codes);
    }
}

/// <summary>weight = scale/2·(twice the E2M1 number), an unsigned E4M3 scale for 16 weights. Block of 64: 4 scales, then 8 bytes for each 16 weights, whose low nibbles are the first 8 columns.</summary>
readonly unsafe struct NVFP4 : IFloat4, IByteScale
{
    public static WeightType Type => WeightType.NVFP4;
    public static int UnitPieces => 1;
    public static int ScalePieces => 1;

    // The byte, moved to a float's exponent and mantissa, stands for 2^-120 of the number.
    public static float Scale(ushort bits) => BitConverter.Int32BitsToSingle(bits << 20) * Tables.Float8ToSingle * 0.5f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector ScaleLanes<TVector, TLanes>(byte* scales, int row)
        where TVector : unmanaged
        where TLanes : struct, ICodeLanes<TVector> =>
        TLanes.Multiply(TLanes.ShiftIntsLeft(TLanes.UnsignedBytes(scales + row), 20), TLanes.Floats(Tables.Float8ToSingle * 0.5f));

    // The code of NaN counts as 0, as in ggml.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(byte* row, int unit, WeightUnit* to)
    {
        byte* block = row + 36L * (unit / 4);
        int scale = block[unit % 4] & 0x7F;
        to->Scale = (byte)(scale == 0x7F ? 0 : scale);
        RawBits.Nibbles(block + 4 + 8 * (unit % 4), 8, to->Codes);
    }
}
