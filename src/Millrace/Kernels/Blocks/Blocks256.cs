using System.Runtime.CompilerServices;
using Millrace.Formats;

namespace Millrace.Kernels.Blocks;

/// <summary>weight = d·scale·code − dmin·min. Block: 16 bytes of scale and min nibbles, 64 bytes of 2-bit codes, d, dmin f16.</summary>
readonly unsafe struct Q2_K : ITwoBits, INibbleScalesAndMins
{
    public static WeightType Type => WeightType.Q2_K;
    public static int Offset => 0;

    public static int Value(int code) => code;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(byte* row, int unit, WeightUnit* to)
    {
        byte* block = row + 84L * unit;
        for (int i = 0; i < 16; i++)
        {
            to->SubScales[i] = (sbyte)(block[i] & 15);
            to->SubMins[i] = (byte)(block[i] >> 4);
        }

        new Span<byte>(to->Codes, 256).Clear();
        for (int run = 0; run < 8; run++)
        {
            RawBits.OrPairs(block + 16 + 32 * (run / 4), run % 4 * 2, to->Codes + 32 * run, 0);
        }

        to->Scale = *(ushort*)(block + 80);
        to->Min = *(ushort*)(block + 82);
    }
}

/// <summary>weight = d·scale·(code − 4). Block: 32 bytes of high bits, 64 bytes of 2-bit codes, 12 bytes of 6-bit scales, d f16.</summary>
readonly unsafe struct Q3_K : IThreeBits, ISubScalesOf16
{
    public static WeightType Type => WeightType.Q3_K;
    public static int Offset => 4;

    public static int Value(int code) => code - 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(byte* row, int unit, WeightUnit* to)
    {
        byte* block = row + 110L * unit;
        new Span<byte>(to->Codes, 256).Clear();
        for (int run = 0; run < 8; run++)
        {
            RawBits.OrPairs(block + 32 + 32 * (run / 4), run % 4 * 2, to->Codes + 32 * run, 0);
            RawBits.OrBits(block, run, to->Codes + 32 * run, 2);
        }

        byte* packed = block + 96;
        for (int i = 0; i < 16; i++)
        {
            int low = i < 8 ? packed[i] & 15 : packed[i - 8] >> 4;
            to->SubScales[i] = (sbyte)((low | (packed[8 + i % 4] >> i / 4 * 2 & 3) << 4) - 32);
        }

        to->Scale = *(ushort*)(block + 108);
    }
}

/// <summary>weight = d·scale·code − dmin·min. Block: d, dmin f16, 12 bytes of 6-bit scales and minima, 128 bytes whose low and high nibbles are two runs of 32 columns.</summary>
readonly unsafe struct Q4_K : IFourBits, ISubScalesAndMins
{
    public static WeightType Type => WeightType.Q4_K;
    public static bool Wide => false;
    public static int Offset => 0;

    public static int Value(int code) => code;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(byte* row, int unit, WeightUnit* to)
    {
        byte* block = row + 144L * unit;
        to->Scale = ((ushort*)block)[0];
        to->Min = ((ushort*)block)[1];
        RawBits.SixBitScales(block + 4, to);
        for (int run = 0; run < 4; run++)
        {
            RawBits.Nibbles(block + 16 + 32 * run, 32, to->Codes + 64 * run);
        }
    }
}

/// <summary>weight = d·scale·code − dmin·min. Block: as Q4_K with 32 bytes of high bits before the nibbles.</summary>
readonly unsafe struct Q5_K : IFiveBits, ISubScalesAndMins
{
    public static WeightType Type => WeightType.Q5_K;
    public static bool ShortSums => true;
    public static int Offset => 0;

    public static int Value(int code) => code;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(byte* row, int unit, WeightUnit* to)
    {
        byte* block = row + 176L * unit;
        to->Scale = ((ushort*)block)[0];
        to->Min = ((ushort*)block)[1];
        RawBits.SixBitScales(block + 4, to);
        for (int run = 0; run < 4; run++)
        {
            RawBits.Nibbles(block + 48 + 32 * run, 32, to->Codes + 64 * run);
        }

        for (int run = 0; run < 8; run++)
        {
            RawBits.OrBits(block + 16, run, to->Codes + 32 * run, 4);
        }
    }
}

/// <summary>weight = d·scale·(code − 32). Block: 128 bytes of low nibbles, 64 of high pairs, 16 signed scales, d f16.</summary>
readonly unsafe struct Q6_K : ISixBits, ISubScalesOf16
{
    public static WeightType Type => WeightType.Q6_K;
    public static int Offset => 32;

    public static int Value(int code) => code - 32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(byte* row, int unit, WeightUnit* to)
    {
        byte* block = row + 210L * unit;
        for (int half = 0; half < 2; half++)
        {
            // 128 columns are four runs of 32: runs 0 and 1 in low nibbles, 2 and 3 in high ones.
            RawBits.Nibbles(block + 64 * half, 64, to->Codes + 128 * half);
            for (int run = 0; run < 4; run++)
            {
                RawBits.OrPairs(block + 128 + 32 * half, 2 * run, to->Codes + 128 * half + 32 * run, 4);
            }
        }

        new ReadOnlySpan<sbyte>(block + 192, 16).CopyTo(new Span<sbyte>(to->SubScales, 16));
        to->Scale = *(ushort*)(block + 208);
    }
}

/// <summary>weight = d·scale·table[code]. Block: d f16, 8 scales of 6 bits (2 high bits each in 2 bytes, 4 low ones in 4), 128 bytes of nibbles, 16 for each 32 columns as in Q4_0.</summary>
readonly unsafe struct IQ4_XS : INonLinear, ISubScalesOf32
{
    public static WeightType Type => WeightType.IQ4_XS;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(byte* row, int unit, WeightUnit* to)
    {
        byte* block = row + 136L * unit;
        to->Scale = *(ushort*)block;
        int high = *(ushort*)(block + 2);
        for (int i = 0; i < 8; i++)
        {
            int scale = (block[4 + i / 2] >> i % 2 * 4 & 15 | (high >> 2 * i & 3) << 4) - 32;
            to->SubScales[2 * i] = to->SubScales[2 * i + 1] = (sbyte)scale;
            RawBits.Nibbles(block + 8 + 16 * i, 16, to->Codes + 32 * i);
        }
    }
}
