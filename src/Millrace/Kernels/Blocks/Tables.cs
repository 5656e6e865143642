namespace Millrace.Kernels.Blocks;

/// <summary>Constants of the formats.</summary>
static class Tables
{
    /// <summary>2^120: what makes the number of an FP8 with 4 exponent bits whose bits were moved to a float's place.</summary>
    public const float Float8ToSingle = 1.329227995784916e36f;

    /// <summary>The 16 values of IQ4_NL and IQ4_XS.</summary>
    /// <remarks>Source: ggml's <c>kvalues_iq4nl</c>.</remarks>
    public static ReadOnlySpan<sbyte> NonLinear => [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    /// <summary>Twice the 16 numbers of E2M1.</summary>
    public static ReadOnlySpan<sbyte> Float4 => [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12];
}
