// Kernels take scratch from the stack and write it before they read it.
[module: System.Runtime.CompilerServices.SkipLocalsInit]
