using System.Runtime.InteropServices;

namespace Millrace.Kernels;

/// <summary>A number that threads change, alone on its cache line and the one that processors fetch beside it.</summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
struct LoneCounter
{
    /// <summary>The number.</summary>
    [FieldOffset(64)]
    public int Value;
}
