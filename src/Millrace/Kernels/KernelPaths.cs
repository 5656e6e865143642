using System.Runtime.Intrinsics.X86;
using Millrace.Formats;
using Millrace.Kernels.MachineCode;

namespace Millrace.Kernels;

/// <summary>The instructions that a product is made of.</summary>
public enum KernelPath
{
    /// <summary>Plain C#, on any processor.</summary>
    Scalar,

    /// <summary>AVX2 and FMA.</summary>
    Avx2,

    /// <summary>AVX2, FMA and AVX-VNNI.</summary>
    AvxVnni,

    /// <summary>AVX-512 F and BW.</summary>
    Avx512,

    /// <summary>AVX-512 F, BW and VNNI, whose instruction is in machine code written at start.</summary>
    Avx512Vnni,
}

/// <summary>The paths there are, and which one runs. All give equal bits.</summary>
public static class KernelPaths
{
    [ThreadStatic]
    static KernelPath? _forced;

    /// <summary>The paths that this processor can run.</summary>
    public static IReadOnlyList<KernelPath> Supported { get; } = [.. Enum.GetValues<KernelPath>().Where(IsSupported)];

    /// <summary>The path that every product of this thread takes, if a test or a benchmark set one. Threads of a pool have their own.</summary>
    public static KernelPath? Forced
    {
        get => _forced;
        internal set => _forced = value;
    }

    /// <summary>The path for a product.</summary>
    /// <param name="type">The type of its weights.</param>
    /// <param name="tokens">How many vectors.</param>
    public static KernelPath Choose(WeightType type, int tokens)
    {
        if (type.BlockLength > 1)
        {
            return Forced ?? Fastest(HasWideCodes(type), tokens);
        }

        // Instructions for integers make no difference to floats.
        return Forced switch
        {
            null => IsSupported(KernelPath.Avx512) ? KernelPath.Avx512 : IsSupported(KernelPath.Avx2) ? KernelPath.Avx2 : KernelPath.Scalar,
            KernelPath.AvxVnni => KernelPath.Avx2,
            KernelPath.Avx512Vnni => KernelPath.Avx512,
            { } path => path,
        };
    }

    /// <summary>The name of a path as <c>explain</c> and <c>doctor</c> print it.</summary>
    public static string NameOf(KernelPath path) => path switch
    {
        KernelPath.Avx2 => "avx2",
        KernelPath.AvxVnni => "avx-vnni",
        KernelPath.Avx512 => "avx512bw",
        KernelPath.Avx512Vnni => "avx512vnni",
        _ => "scalar",
    };

    /// <summary>Whether codes of a type take 8 bits, which only vpdpbusd multiplies whole: <see cref="Blocks.IBlockFormat.Wide"/> of its format, to be had without it.</summary>
    internal static bool HasWideCodes(WeightType type) => type is WeightType.Q8_0 or WeightType.IQ4_NL or WeightType.IQ4_XS;

    // Without emitted code one or two tokens are faster in narrow registers: these read one panel after another, C# over 512 bits two at once.
    static KernelPath Fastest(bool wide, int tokens)
    {
        bool vnni = IsSupported(KernelPath.AvxVnni);
        return IsSupported(KernelPath.Avx512Vnni) ? KernelPath.Avx512Vnni
            : tokens > 2 && IsSupported(KernelPath.Avx512) && !(wide && vnni) ? KernelPath.Avx512
            : vnni ? KernelPath.AvxVnni
            : IsSupported(KernelPath.Avx2) ? KernelPath.Avx2
            : KernelPath.Scalar;
    }

    static bool IsSupported(KernelPath path) => path switch
    {
        KernelPath.Avx2 => Avx2.IsSupported && Fma.IsSupported,
        KernelPath.AvxVnni => AvxVnni.IsSupported && Fma.IsSupported,
        KernelPath.Avx512 => Avx512BW.IsSupported,
        KernelPath.Avx512Vnni => EmittedCode.IsUsed,
        _ => true,
    };
}
