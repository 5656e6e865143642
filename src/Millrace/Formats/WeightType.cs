namespace Millrace.Formats;

/// <summary>How the numbers of a tensor are stored. The values are ggml's type ids, as a GGUF file holds them; the two FP8 types exist in safetensors alone and have ids outside ggml's range.</summary>
/// <remarks>Source: ggml's <c>enum ggml_type</c>.</remarks>
public enum WeightType
{
    /// <summary>IEEE 754 binary32.</summary>
    F32 = 0,

    /// <summary>IEEE 754 binary16.</summary>
    F16 = 1,

    /// <summary>32 4-bit weights and an f16 scale.</summary>
    Q4_0 = 2,

    /// <summary>32 4-bit weights, an f16 scale and an f16 minimum.</summary>
    Q4_1 = 3,

    /// <summary>32 5-bit weights and an f16 scale.</summary>
    Q5_0 = 6,

    /// <summary>32 5-bit weights, an f16 scale and an f16 minimum.</summary>
    Q5_1 = 7,

    /// <summary>32 8-bit weights and an f16 scale.</summary>
    Q8_0 = 8,

    /// <summary>256 2-bit weights in 16 sub-blocks of 4-bit scales and minima.</summary>
    Q2_K = 10,

    /// <summary>256 3-bit weights in 16 sub-blocks of 6-bit scales.</summary>
    Q3_K = 11,

    /// <summary>256 4-bit weights in 8 sub-blocks of 6-bit scales and minima.</summary>
    Q4_K = 12,

    /// <summary>256 5-bit weights in 8 sub-blocks of 6-bit scales and minima.</summary>
    Q5_K = 13,

    /// <summary>256 6-bit weights in 16 sub-blocks of 8-bit scales.</summary>
    Q6_K = 14,

    /// <summary>32 4-bit indices into a non-linear table and an f16 scale.</summary>
    IQ4_NL = 20,

    /// <summary>256 4-bit indices into a non-linear table in 8 sub-blocks of 6-bit scales.</summary>
    IQ4_XS = 23,

    /// <summary>IEEE 754 binary32 with the low 16 bits dropped.</summary>
    BF16 = 30,

    /// <summary>32 FP4 (E2M1) weights and an E8M0 scale (OCP Microscaling).</summary>
    MXFP4 = 39,

    /// <summary>64 FP4 (E2M1) weights in 4 sub-blocks of UE4M3 scales.</summary>
    NVFP4 = 40,

    /// <summary>FP8, 4 exponent and 3 mantissa bits, no infinity (safetensors only).</summary>
    F8_E4M3 = 1000,

    /// <summary>FP8, 5 exponent and 2 mantissa bits (safetensors only).</summary>
    F8_E5M2 = 1001,
}
