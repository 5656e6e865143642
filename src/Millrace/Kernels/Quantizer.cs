using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Millrace.Kernels;

/// <summary>Turns floats into the forms of <see cref="ActivationKind"/>, with llama.cpp's rounding points: scale amax / 127, numbers times 127 / amax to the nearest and ties to even.</summary>
/// <remarks>Every step is exact or one rounding of IEEE arithmetic, and the largest magnitude is found by comparing bits, so that the result does not depend on the width of the vectors.</remarks>
static unsafe class Quantizer
{
    const int Magnitude = 0x7FFFFFFF;
    const int Infinite = 0x7F800000;

    // 1.5·2^23: adding it leaves the nearest integer, ties to even, in the low bits.
    const float Rounder = 12582912f;
    const int RounderBits = 0x4B400000;

    /// <summary>Rounds to binary16; <paramref name="y"/> may be <paramref name="x"/>.</summary>
    public static void RoundToHalf(float* x, float* y, int count)
    {
        int i = 0;
        ushort* halves = stackalloc ushort[8];
        for (; i + 8 <= count; i += 8)
        {
            HalfBits.ToHalf8(Vector256.Load(x + i)).Store(halves);
            HalfBits.FromHalf8(halves).Store(y + i);
        }

        for (; i < count; i++)
        {
            y[i] = HalfBits.FromHalf(HalfBits.ToHalf(x[i]));
        }
    }

    public static void RoundToBFloat(float* x, float* y, int count)
    {
        int i = 0;
        ushort* bfloats = stackalloc ushort[8];
        for (; i + 8 <= count; i += 8)
        {
            HalfBits.ToBFloat8(Vector256.Load(x + i)).Store(bfloats);
            HalfBits.FromBFloat8(bfloats).Store(y + i);
        }

        for (; i < count; i++)
        {
            y[i] = HalfBits.FromBFloat(HalfBits.ToBFloat(x[i]));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void BlocksOf32(float* x, byte* record, ActivationLayout layout, int columns)
    {
        float* scales = (float*)(record + layout.Scales);
        float* sums = (float*)(record + layout.Sums);
        int* words16 = (int*)(record + layout.Words16);
        int* words32 = (int*)(record + layout.Words32);
        sbyte* q = (sbyte*)record;
        for (int block = 0; block < columns / 32; block++, q += 32, x += 32)
        {
            float scale = Numbers(x, 32, q);
            int sum = Words(q, words16 + 2 * block, words32 + block, out _);
            scales[block] = scale;
            sums[block] = scale * sum;
        }

        RoundToHalf(scales, scales, columns / 32);
        RoundToHalf(sums, sums, columns / 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void BlocksOf256(float* x, byte* record, ActivationLayout layout, int columns)
    {
        float* scales = (float*)(record + layout.Scales);
        short* sums = (short*)(record + layout.Sums);
        short* sumsOf32 = (short*)(record + layout.SumsOf32);
        int* words16 = (int*)(record + layout.Words16);
        int* words32 = (int*)(record + layout.Words32);
        sbyte* q = (sbyte*)record;
        for (int part = 0; part < columns / 32; part++, q += 32)
        {
            if (part % 8 == 0)
            {
                scales[part / 8] = Numbers(x + 32 * part, 256, q);
            }

            int sum = Words(q, words16 + 2 * part, words32 + part, out int first);
            sums[2 * part] = (short)first;
            sums[2 * part + 1] = (short)(sum - first);
            sumsOf32[part] = (short)sum;
        }
    }

    /// <summary>Quantizes one block; returns its scale.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static float Numbers(float* x, int count, sbyte* q)
    {
        Vector256<int> largest = Vector256<int>.Zero;
        for (int i = 0; i < count; i += 8)
        {
            largest = Vector256.Max(largest, Vector256.Load(x + i).AsInt32() & Vector256.Create(Magnitude));
        }

        Vector128<int> half = Vector128.Max(largest.GetLower(), largest.GetUpper());
        half = Vector128.Max(half, Vector128.Shuffle(half, Vector128.Create(2, 3, 0, 1)));
        int bits = Vector128.Max(half, Vector128.Shuffle(half, Vector128.Create(1, 0, 3, 2))).ToScalar();
        float amax = BitConverter.Int32BitsToSingle(bits);
        float inverse = 127f / amax;
        if (bits >= Infinite || !float.IsFinite(inverse))
        {
            // Zero, or so small that its inverse is not a number: both count as zero.
            new Span<sbyte>(q, count).Clear();
            return bits >= Infinite ? float.NaN : 0;
        }

        for (int i = 0; i < count; i += 32)
        {
            // Nothing is saturated: that is only the instruction which narrows two registers at once.
            Vector256<short> low = Vector256.NarrowWithSaturation(Nearest(x + i, inverse), Nearest(x + i + 8, inverse));
            Vector256<short> high = Vector256.NarrowWithSaturation(Nearest(x + i + 16, inverse), Nearest(x + i + 24, inverse));
            Vector256.NarrowWithSaturation(low, high).Store(q + i);
        }

        return amax / 127f;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<int> Nearest(float* x, float inverse) =>
        (Vector256.Load(x) * inverse + Vector256.Create(Rounder)).AsInt32() - Vector256.Create(RounderBits);

    /// <summary>Writes the words of 16 and of 32 numbers: the sum of those at positions 0 and 1 modulo 4, and above it that of those at 2 and 3. Returns the sum of the 32 numbers, and that of the first 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int Words(sbyte* q, int* words16, int* word32, out int first)
    {
        // Lanes of 16 bits hold two numbers, then their sum; lanes of 32 bits are words of 4 numbers, added up over each 16.
        Vector256<short> twos = Vector256.Load(q).AsInt16();
        Vector256<short> words = (twos << 8 >> 8) + (twos >> 8);
        words += Vector256.Shuffle(words.AsInt32(), Vector256.Create(2, 3, 0, 1, 6, 7, 4, 5)).AsInt16();
        words += Vector256.Shuffle(words.AsInt32(), Vector256.Create(1, 0, 3, 2, 5, 4, 7, 6)).AsInt16();
        words16[0] = words.GetLower().AsInt32().ToScalar();
        words16[1] = words.GetUpper().AsInt32().ToScalar();
        *word32 = (words.GetLower() + words.GetUpper()).AsInt32().ToScalar();
        first = Sum(words16[0]);
        return Sum(*word32);
    }

    static int Sum(int word) => (short)word + (word >> 16);
}
