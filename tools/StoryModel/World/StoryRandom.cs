namespace Millrace.Tools.StoryModel.World;

/// <summary>SplitMix64 (Steele, Lea and Flood 2014): the same numbers from the same seed on every runtime.</summary>
public sealed class StoryRandom(ulong seed)
{
    ulong _state = seed;

    /// <summary>An integer in [0, <paramref name="bound"/>), uniform.</summary>
    public int Next(int bound) => (int)Math.BigMul(NextBits(), (ulong)bound, out _);

    ulong NextBits()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
