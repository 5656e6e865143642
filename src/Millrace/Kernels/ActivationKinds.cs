using Millrace.Formats;

namespace Millrace.Kernels;

/// <summary>Which form of activations a weight type is multiplied with.</summary>
public static class ActivationKinds
{
    /// <summary>The form for a weight type.</summary>
    /// <remarks>Source: <c>vec_dot_type</c> of ggml's CPU type traits. Q8_1, which ggml uses for Q4_1 and Q5_1, is Q8_0 with block sums; a buffer keeps these for every integer form.</remarks>
    public static ActivationKind For(WeightType type) => type switch
    {
        WeightType.F16 => ActivationKind.F16,
        WeightType.BF16 => ActivationKind.BF16,
        WeightType.Q4_0 or WeightType.Q4_1 or WeightType.Q5_0 or WeightType.Q5_1 or WeightType.Q8_0
            or WeightType.IQ4_NL or WeightType.MXFP4 or WeightType.NVFP4 => ActivationKind.Q8_0,
        WeightType.Q2_K or WeightType.Q3_K or WeightType.Q4_K or WeightType.Q5_K or WeightType.Q6_K
            or WeightType.IQ4_XS => ActivationKind.Q8_K,
        _ => ActivationKind.F32,
    };
}
