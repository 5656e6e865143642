using System.Runtime.Intrinsics;

namespace Millrace.Kernels;

/// <summary>Root-mean-square norm (Zhang and Sennrich 2019).</summary>
static unsafe class RmsNorm
{
    /// <summary>y = x / sqrt(mean(x²) + ε) · w. The squares are summed in eight lanes, lane i over the elements i, i+8, …, then across.</summary>
    /// <param name="x">[width].</param>
    /// <param name="weight">[width].</param>
    /// <param name="width">Any.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="y">[width]; may be <paramref name="x"/>.</param>
    public static void Apply(float* x, float* weight, int width, float epsilon, float* y)
    {
        Vector256<float> squares = Vector256<float>.Zero;
        int whole = width & ~7;
        for (int i = 0; i < whole; i += 8)
        {
            Vector256<float> v = Vector256.Load(x + i);
            squares = Vector256.FusedMultiplyAdd(v, v, squares);
        }

        if (whole < width)
        {
            Vector256<float> v = VectorMath.LoadPartial(x + whole, width - whole);
            squares = Vector256.FusedMultiplyAdd(v, v, squares);
        }

        float scale = 1 / MathF.Sqrt(VectorMath.Sum(squares) / width + epsilon);
        Vector256<float> factor = Vector256.Create(scale);
        for (int i = 0; i < whole; i += 8)
        {
            Vector256.Store(Vector256.Load(x + i) * factor * Vector256.Load(weight + i), y + i);
        }

        for (int i = whole; i < width; i++)
        {
            y[i] = x[i] * scale * weight[i];
        }
    }
}
