using System.Runtime.InteropServices;

namespace Millrace.Kernels.Vectors;

// Numbers of tokens in a tile, as the sizes of types: sizeof is the one operator on a type parameter that the compiler folds
// before it inlines, so that the code of absent tokens is never seen and does not use up the inliner's budget.

[StructLayout(LayoutKind.Sequential, Size = 1)]
readonly struct One;

[StructLayout(LayoutKind.Sequential, Size = 2)]
readonly struct Two;

[StructLayout(LayoutKind.Sequential, Size = 3)]
readonly struct Three;

[StructLayout(LayoutKind.Sequential, Size = 4)]
readonly struct Four;

[StructLayout(LayoutKind.Sequential, Size = 5)]
readonly struct Five;

[StructLayout(LayoutKind.Sequential, Size = 6)]
readonly struct Six;

[StructLayout(LayoutKind.Sequential, Size = 7)]
readonly struct Seven;

[StructLayout(LayoutKind.Sequential, Size = 8)]
readonly struct Eight;
