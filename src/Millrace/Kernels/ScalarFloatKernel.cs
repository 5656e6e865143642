using Millrace.Kernels.Blocks;

namespace Millrace.Kernels;

/// <summary>The product of a float format in plain C#: what every other path must equal bit for bit.</summary>
/// <remarks>Columns are cut into runs. Within a run s = fma(weight, x, s) in ascending order from 0; then y += s, or y = fma(s, scale, y) where the format has scales, runs in ascending order from 0.</remarks>
static unsafe class ScalarFloatKernel<TFormat>
    where TFormat : struct, IFloatFormat
{
    public static void Run(in Product product)
    {
        for (int row = 0; row < product.Rows; row++)
        {
            byte* panel = product.Panel + row / WeightMatrix.PanelRows * product.PanelBytes;
            for (int token = 0; token < product.Tokens; token++)
            {
                float* x = (float*)(product.X + (nint)token * product.Layout.Stride);
                product.Y[(nint)token * product.Stride + row] = Dot(panel, row % WeightMatrix.PanelRows, x, product.Columns, product.RunColumns);
            }
        }
    }

    static float Dot(byte* panel, int row, float* x, int columns, int run)
    {
        float y = 0;
        for (int begin = 0; begin < columns; begin += run)
        {
            float sum = 0;
            int end = Math.Min(begin + run, columns);
            for (int k = begin; k < end; k++, panel += WeightMatrix.PanelRows * TFormat.Bytes)
            {
                sum = MathF.FusedMultiplyAdd(TFormat.Value(panel + row * TFormat.Bytes), x[k], sum);
            }

            if (TFormat.Scaled)
            {
                y = MathF.FusedMultiplyAdd(sum, ((float*)panel)[row], y);
                panel += WeightMatrix.PanelRows * sizeof(float);
            }
            else
            {
                y += sum;
            }
        }

        return y;
    }
}
