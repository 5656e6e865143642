namespace Millrace.Kernels;

/// <summary>Where the parts of one token's record lie, in bytes from its begin. Records of neighbouring tokens are an odd number of cache lines apart, so that the same column of several tokens never falls into the same cache set.</summary>
readonly record struct ActivationLayout
{
    const int CacheLine = 64;

    public ActivationLayout(ActivationKind kind, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        int block = kind switch { ActivationKind.Q8_0 => 32, ActivationKind.Q8_K => 256, _ => 1 };
        if (columns % block != 0)
        {
            throw new ArgumentException($"{columns} columns are not whole {kind} blocks of {block}", nameof(columns));
        }

        long length = block == 1 ? 4L * columns : columns;
        if (block > 1)
        {
            Scales = (int)length;
            length += columns / block * 4L;
            Sums = (int)length;
            length += kind == ActivationKind.Q8_0 ? columns / 8L : columns / 16L * 2 + columns / 64L * 4;
            SumsOf32 = Sums + columns / 8;
            Words16 = (int)length;
            length += columns / 4L;
            Words32 = (int)length;
            length += columns / 8L;
        }

        Stride = checked((int)((length + CacheLine - 1) / CacheLine | 1) * CacheLine);
    }

    /// <summary>Floats, one a block.</summary>
    public int Scales { get; }

    /// <summary>Q8_0: floats, scale times the sum of each block, rounded to binary16. Q8_K: 16-bit sums of each 16 numbers, so that a 32-bit word holds those of 32 columns.</summary>
    public int Sums { get; }

    /// <summary>Q8_K: 16-bit sums of each 32 numbers; a word holds those of 64 columns.</summary>
    public int SumsOf32 { get; }

    /// <summary>For each 16 numbers a word of two 16-bit sums: of those at positions 0 and 1 modulo 4, and of those at 2 and 3. A sum of products of codes that starts at minus offset times this word comes out as if the offset had been subtracted from each code.</summary>
    public int Words16 { get; }

    /// <summary>The same for each 32 numbers.</summary>
    public int Words32 { get; }

    /// <summary>Bytes from one token's record to the next one's.</summary>
    public int Stride { get; }
}
