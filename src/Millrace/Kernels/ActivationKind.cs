namespace Millrace.Kernels;

/// <summary>The form in which a matrix wants the vectors it is multiplied with. The rounding points are llama.cpp's, so that results can be compared.</summary>
public enum ActivationKind
{
    /// <summary>As they are.</summary>
    F32,

    /// <summary>Rounded to binary16 (kept as floats).</summary>
    F16,

    /// <summary>Rounded to bfloat16 (kept as floats).</summary>
    BF16,

    /// <summary>Blocks of 32 signed bytes with one scale, itself rounded to binary16; 127 stands for the largest magnitude.</summary>
    Q8_0,

    /// <summary>Blocks of 256 signed bytes with one f32 scale.</summary>
    Q8_K,
}
