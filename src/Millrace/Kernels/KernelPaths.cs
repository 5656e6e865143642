namespace Millrace.Kernels;

/// <summary>One way to compute a product: the instructions it is made of.</summary>
/// <param name="Name">As <c>explain</c> and <c>doctor</c> print it.</param>
/// <param name="IsSupported">Whether this processor has the instructions.</param>
sealed record KernelPath(string Name, bool IsSupported);

/// <summary>The ways there are, and the one that runs. All give equal bits.</summary>
static class KernelPaths
{
    /// <summary>Plain C#.</summary>
    public static readonly KernelPath Scalar = new("scalar", true);

    /// <summary>All, the best last.</summary>
    public static readonly KernelPath[] All = [Scalar];

    /// <summary>The path that runs: the best that the processor has, or what a test set.</summary>
    public static KernelPath Current { get; set; } = All.Last(path => path.IsSupported);
}
