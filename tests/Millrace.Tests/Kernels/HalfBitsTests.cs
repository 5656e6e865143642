using System.Runtime.Intrinsics;
using Millrace.Kernels;

namespace Millrace.Tests.Kernels;

public unsafe class HalfBitsTests
{
    [Fact]
    public void Every_half_widens_as_the_runtime_widens_it_and_narrows_back()
    {
        ushort[] halves = [.. Enumerable.Range(0, 65536).Select(i => (ushort)i)];
        float[] values = new float[halves.Length];
        HalfBits.FromHalf(halves, values);
        for (int i = 0; i < halves.Length; i++)
        {
            float expected = (float)BitConverter.UInt16BitsToHalf(halves[i]);
            if (float.IsNaN(expected))
            {
                Assert.True(float.IsNaN(values[i]) && float.IsNaN(HalfBits.FromHalf(halves[i])));
                continue;
            }

            Assert.Equal(BitConverter.SingleToInt32Bits(expected), BitConverter.SingleToInt32Bits(values[i]));
            Assert.Equal(BitConverter.SingleToInt32Bits(expected), BitConverter.SingleToInt32Bits(HalfBits.FromHalf(halves[i])));
            Assert.Equal(halves[i], HalfBits.ToHalf(expected));
        }
    }

    [Fact]
    public void Floats_round_to_half_and_bfloat_as_the_standard_says()
    {
        Random random = new(7);
        float* eight = stackalloc float[8];
        for (int i = 0; i < 20000; i++)
        {
            for (int j = 0; j < 8; j++)
            {
                // Every exponent, and ties: the low bits of a rounded mantissa are often exactly half.
                int bits = random.Next() ^ random.Next(2) << 31;
                eight[j] = BitConverter.Int32BitsToSingle(random.Next(3) == 0 ? bits & ~0xFFF : random.Next(2) == 0 ? bits & ~0x7FFF : bits);
                eight[j] = random.Next(2) == 0 ? eight[j] : (float)((random.NextDouble() - 0.5) * Math.Pow(2, random.Next(-27, 19)));
            }

            Vector128<ushort> halves = HalfBits.ToHalf8(Vector256.Load(eight));
            Vector128<ushort> bfloats = HalfBits.ToBFloat8(Vector256.Load(eight));
            for (int j = 0; j < 8; j++)
            {
                if (float.IsNaN(eight[j]))
                {
                    Assert.True(float.IsNaN(HalfBits.FromHalf(halves[j])) && float.IsNaN(HalfBits.FromBFloat(bfloats[j])));
                    continue;
                }

                Assert.Equal(BitConverter.HalfToUInt16Bits((Half)eight[j]), halves[j]);
                Assert.Equal(halves[j], HalfBits.ToHalf(eight[j]));
                Assert.Equal(HalfBits.ToBFloat(eight[j]), bfloats[j]);
                double error = Math.Abs((double)HalfBits.FromBFloat(bfloats[j]) - eight[j]);
                Assert.True(error <= Math.Abs((double)eight[j]) / 256 || float.IsInfinity(HalfBits.FromBFloat(bfloats[j])) || Math.Abs(eight[j]) < 1e-37);
            }
        }
    }
}
