using System.Numerics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Millrace.Planning.Hardware.Machine;

/// <summary>The vector instructions that this process can use.</summary>
static class InstructionSets
{
    /// <summary>Their names, oldest first; what <c>DOTNET_Enable…=0</c> switched off is not among them.</summary>
    public static IReadOnlyList<string> Usable { get; } =
    [
        .. new (string Name, bool Usable)[]
        {
            ("SSE4.2", Sse42.IsSupported),
            ("AVX", Avx.IsSupported),
            ("AVX2", Avx2.IsSupported),
            ("FMA", Fma.IsSupported),
            ("AVX-VNNI", AvxVnni.IsSupported),
            ("AVX-512F", Avx512F.IsSupported),
            ("AVX-512BW", Avx512BW.IsSupported),
            ("AVX-512-VBMI", Avx512Vbmi.IsSupported),
            ("AVX10.1", Avx10v1.IsSupported),
            ("AVX10.2", Avx10v2.IsSupported),
            ("NEON", AdvSimd.IsSupported),
            ("DotProd", Dp.IsSupported),
        }.Where(set => set.Usable).Select(set => set.Name),
    ];

    /// <summary>Bytes in the runtime's own vectors.</summary>
    public static int VectorBytes => Vector<byte>.Count;
}
