using System.Runtime.Intrinsics;

namespace Millrace.Kernels.Vectors;

/// <summary>What kernels that compute with floats alone need of a register width. Each lane computes what it would in the other width.</summary>
/// <typeparam name="TVector">The register.</typeparam>
unsafe interface IFloats<TVector>
    where TVector : unmanaged
{
    /// <summary>Floats in a register: 8 or 16.</summary>
    static abstract int Count { get; }

    static abstract TVector Load(float* from);

    /// <summary>As many binary16.</summary>
    static abstract TVector LoadHalves(byte* from);

    /// <summary>As many signed bytes.</summary>
    static abstract TVector LoadBytes(byte* from);

    static abstract void Store(TVector value, float* to);

    /// <summary>A number in every lane.</summary>
    static abstract TVector Create(float value);

    /// <summary>Adds lanes i, i+8, … to lane i, in ascending order.</summary>
    static abstract Vector256<float> AddTo(Vector256<float> sum, TVector value);

    static abstract TVector Subtract(TVector a, TVector b);

    static abstract TVector Multiply(TVector a, TVector b);

    /// <summary>a·b + c, rounded once.</summary>
    static abstract TVector Fused(TVector a, TVector b, TVector c);

    /// <summary>The number within bounds; a NaN becomes anything.</summary>
    static abstract TVector Clamp(TVector value, float least, float most);

    /// <summary>2ⁿ for the integer n, -126 to 127, that the bits of <paramref name="shifted"/> are above those of <paramref name="magic"/>.</summary>
    static abstract TVector PowerOfTwo(TVector shifted, TVector magic);

    /// <summary>0 where <paramref name="x"/> is below a bound, itself where it is NaN, else <paramref name="value"/>.</summary>
    static abstract TVector Select(TVector x, float bound, TVector value);
}
