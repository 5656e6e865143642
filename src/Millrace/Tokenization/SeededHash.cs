using System.Buffers.Binary;

namespace Millrace.Tokenization;

/// <summary>A fast hash that differs from process to process: a file could be made to collide under a known one.</summary>
static class SeededHash
{
    static readonly ulong Seed = (ulong)Random.Shared.NextInt64();

    public static ulong Of(ulong value) => Mix(value ^ Seed);

    public static ulong Of(ReadOnlySpan<byte> text)
    {
        ulong hash = Seed ^ (uint)text.Length;
        while (text.Length >= 8)
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(text));
            text = text[8..];
        }

        ulong tail = 0;
        for (int i = 0; i < text.Length; i++)
        {
            tail |= (ulong)text[i] << (8 * i);
        }

        return Mix(hash ^ tail);
    }

    // Both halves of a 64 x 64-bit product: each input bit reaches the low output bits.
    static ulong Mix(ulong value)
    {
        ulong high = Math.BigMul(value, 0x9E3779B97F4A7C15, out ulong low);
        return high ^ low;
    }
}
