using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Millrace.Kernels.MachineCode;

/// <summary>Whether machine code is written at start for the instructions that .NET does not offer, and why not where it is not.</summary>
public static class EmittedCode
{
    /// <summary>The environment variable that turns it off, if it says <c>off</c>.</summary>
    public const string Variable = "MILLRACE_MACHINE_CODE";

    static readonly string? Obstacle = FindObstacle(Environment.GetEnvironmentVariable(Variable));
    static volatile string? _failure;

    /// <summary>Whether emitted code runs where it serves: the processor and the system have what it needs, nobody turned it off, and it computed what plain C# computes whenever some was made.</summary>
    public static bool IsUsed => Obstacle is null && _failure is null;

    /// <summary>A few words for <c>doctor</c>.</summary>
    public static string Status => Obstacle ?? _failure ?? "avx512vnni, checked against plain C# when a model loads";

    /// <summary>Ends the use of emitted code in this process.</summary>
    internal static void Fail(string why) => _failure = why;

    /// <summary>Why there is none on this machine, or null.</summary>
    /// <param name="setting">What the environment says.</param>
    internal static string? FindObstacle(string? setting)
    {
        if (string.Equals(setting, "off", StringComparison.OrdinalIgnoreCase))
        {
            return $"off ({Variable})";
        }

        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            return "none for this system";
        }

        // Leaf 7, ECX: bit 11 is AVX512_VNNI. That the system saves 512-bit registers is what .NET asked before it said yes to BW.
        return Avx512BW.IsSupported && X86Base.CpuId(0, 0).Eax >= 7 && (X86Base.CpuId(7, 0).Ecx & 1 << 11) != 0
            ? null
            : "none: the processor has no AVX-512 VNNI";
    }
}
