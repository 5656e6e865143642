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

    public static void BlocksOf32(float* x, byte* record, ActivationLayout layout, int columns)
    {
        for (int block = 0; block < columns / 32; block++)
        {
            float scale = Numbers(x + 32 * block, 32, (sbyte*)record + 32 * block);
            int sum = Words(record, layout, block, out _);
            ((float*)(record + layout.Scales))[block] = HalfBits.FromHalf(HalfBits.ToHalf(scale));
            ((float*)(record + layout.Sums))[block] = HalfBits.FromHalf(HalfBits.ToHalf(scale * sum));
        }
    }

    public static void BlocksOf256(float* x, byte* record, ActivationLayout layout, int columns)
    {
        for (int block = 0; block < columns / 256; block++)
        {
            ((float*)(record + layout.Scales))[block] = Numbers(x + 256 * block, 256, (sbyte*)record + 256 * block);
            for (int part = 8 * block; part < 8 * block + 8; part++)
            {
                int sum = Words(record, layout, part, out int first);
                ((short*)(record + layout.Sums))[2 * part] = (short)first;
                ((short*)(record + layout.Sums))[2 * part + 1] = (short)(sum - first);
                ((short*)(record + layout.SumsOf32))[part] = (short)sum;
            }
        }
    }

    /// <summary>Quantizes one block; returns its scale.</summary>
    static float Numbers(float* x, int count, sbyte* q)
    {
        Vector256<int> largest = Vector256<int>.Zero;
        for (int i = 0; i < count; i += 8)
        {
            largest = Vector256.Max(largest, Vector256.Load(x + i).AsInt32() & Vector256.Create(Magnitude));
        }

        Vector128<int> half = Vector128.Max(largest.GetLower(), largest.GetUpper());
        int bits = Math.Max(Math.Max(half[0], half[1]), Math.Max(half[2], half[3]));
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
            Vector256<short> low = Vector256.Narrow(Nearest(x + i, inverse), Nearest(x + i + 8, inverse));
            Vector256<short> high = Vector256.Narrow(Nearest(x + i + 16, inverse), Nearest(x + i + 24, inverse));
            Vector256.Narrow(low, high).Store(q + i);
        }

        return amax / 127f;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<int> Nearest(float* x, float inverse) =>
        (Vector256.Load(x) * inverse + Vector256.Create(Rounder)).AsInt32() - Vector256.Create(RounderBits);

    /// <summary>Writes the words of 16 and of 32 numbers; returns the sum of the 32 numbers, and that of the first 16.</summary>
    static int Words(byte* record, ActivationLayout layout, int block, out int first)
    {
        sbyte* q = (sbyte*)record + 32 * block;
        Vector128<short> a = Residues(q), b = Residues(q + 16), both = a + b;
        int* words16 = (int*)(record + layout.Words16) + 2 * block;
        words16[0] = Word(a, out first);
        words16[1] = Word(b, out _);
        ((int*)(record + layout.Words32))[block] = Word(both, out int sum);
        return sum;
    }

    /// <summary>In lane i &lt; 4 the sum of the numbers at positions i modulo 4 (of 16).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<short> Residues(sbyte* q)
    {
        (Vector128<short> low, Vector128<short> high) = Vector128.Widen(Vector128.Load(q));
        Vector128<short> sum = low + high;
        return sum + sum.GetUpper().ToVector128();
    }

    static int Word(Vector128<short> residues, out int sum)
    {
        int low = residues[0] + residues[1];
        int high = residues[2] + residues[3];
        sum = low + high;
        return low & 0xFFFF | high << 16;
    }
}
