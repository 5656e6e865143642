using System.Runtime.InteropServices;

namespace Millrace.Formats;

/// <summary>A small fast generator whose stream depends on the seed alone, on every machine. Not for secrets.</summary>
/// <remarks>SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.</remarks>
struct RandomBits(ulong seed)
{
    ulong _state = seed;

    /// <summary>64 bits.</summary>
    public ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number from 0 to below 1.</summary>
    public float NextSingle() => (Next() >> 40) * (1f / (1 << 24));

    /// <summary>Fills a span with random bytes.</summary>
    public void Fill(Span<byte> bytes)
    {
        Span<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = Next();
        }

        Span<byte> rest = bytes[(words.Length * sizeof(ulong))..];
        if (rest.Length > 0)
        {
            Span<ulong> last = [Next()];
            MemoryMarshal.AsBytes(last)[..rest.Length].CopyTo(rest);
        }
    }
}
