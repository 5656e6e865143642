using Millrace.Kernels.Blocks;

namespace Millrace.Kernels;

/// <summary>The product of a float format in plain C#: what every other path must equal bit for bit.</summary>
/// <remarks>Columns are cut into runs of 128. Within a run s = fma(weight, x, s) in ascending order from 0; then y += s, runs in ascending order from 0.</remarks>
static unsafe class ScalarFloatKernel<TFormat>
    where TFormat : struct, IFloatFormat
{
    /// <summary>Columns of a run.</summary>
    public const int RunLength = 128;

    public static void Run(in Product product)
    {
        for (int row = 0; row < product.Rows; row++)
        {
            byte* weights = product.Panel + row / WeightMatrix.PanelRows * product.PanelBytes + row % WeightMatrix.PanelRows * TFormat.Bytes;
            for (int token = 0; token < product.Tokens; token++)
            {
                float* x = (float*)(product.X + (nint)token * product.Layout.Stride);
                product.Y[(nint)token * product.Stride + row] = Dot(weights, x, product.Columns);
            }
        }
    }

    static float Dot(byte* weights, float* x, int columns)
    {
        float y = 0;
        for (int begin = 0; begin < columns; begin += RunLength)
        {
            float sum = 0;
            int end = Math.Min(begin + RunLength, columns);
            for (int k = begin; k < end; k++)
            {
                sum = MathF.FusedMultiplyAdd(TFormat.Value(weights + (nint)k * WeightMatrix.PanelRows * TFormat.Bytes), x[k], sum);
            }

            y += sum;
        }

        return y;
    }
}
