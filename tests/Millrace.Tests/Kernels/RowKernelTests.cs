using System.Runtime.Intrinsics;
using Millrace.Kernels;

namespace Millrace.Tests.Kernels;

/// <summary>Norms, rotations, gates and the exponential against the same formula in doubles.</summary>
[Trait("Paths", "all")]
public unsafe class RowKernelTests
{
    const double Ulp = 1.1920929e-7; // of a float near 1

    [Theory]
    [InlineData(-87.3f)]
    [InlineData(-20.5f)]
    [InlineData(-1f)]
    [InlineData(-1e-6f)]
    [InlineData(0f)]
    [InlineData(0.34657f)]
    [InlineData(0.34659f)]
    [InlineData(1f)]
    [InlineData(3.7f)]
    [InlineData(42f)]
    [InlineData(88.3f)]
    public void Exp_is_within_two_units_in_the_last_place(float x)
    {
        double expected = Math.Exp(x);
        Assert.InRange(VectorMath.Exp(Vector256.Create(x)).ToScalar(), expected * (1 - 2 * Ulp), expected * (1 + 2 * Ulp));
    }

    [Fact]
    public void Exp_is_within_two_units_everywhere()
    {
        Random random = new(1);
        for (int i = 0; i < 100_000; i++)
        {
            float x = (float)(random.NextDouble() * 170 - 85);
            double expected = Math.Exp(x);
            float actual = VectorMath.Exp(Vector256.Create(x)).ToScalar();
            Assert.True(Math.Abs(actual - expected) <= 2 * Ulp * expected, $"exp({x:R}) = {actual:R}, expected {expected:R}");
        }
    }

    [Fact]
    public void Exp_of_the_edges_is_defined()
    {
        Assert.Equal(0, VectorMath.Exp(Vector256.Create(float.NegativeInfinity)).ToScalar());
        Assert.Equal(0, VectorMath.Exp(Vector256.Create(-200f)).ToScalar());
        Assert.True(float.IsFinite(VectorMath.Exp(Vector256.Create(float.PositiveInfinity)).ToScalar()));
        Assert.True(float.IsNaN(VectorMath.Exp(Vector256.Create(float.NaN)).ToScalar()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(64)]
    [InlineData(576)]
    [InlineData(2049)]
    public void RmsNorm_is_the_formula(int width)
    {
        Random random = new(width);
        float[] x = Numbers(random, width, 3);
        float[] weight = Numbers(random, width, 1);
        float[] y = new float[width];
        fixed (float* px = x, pw = weight, py = y)
        {
            RmsNorm.Apply(px, pw, width, 1e-5f, py);
        }

        double mean = x.Sum(v => (double)v * v) / width;
        for (int i = 0; i < width; i++)
        {
            double expected = x[i] / Math.Sqrt(mean + 1e-5f) * weight[i];
            // The sum of squares has width/8 roundings in a lane; each factor one more.
            Assert.InRange(y[i] - expected, -(width / 8 + 6) * Ulp * Math.Abs(expected), (width / 8 + 6) * Ulp * Math.Abs(expected));
        }
    }

    [Theory]
    [InlineData(4, false)]
    [InlineData(64, false)]
    [InlineData(64, true)]
    [InlineData(80, true)]
    [InlineData(6, true)]
    public void Rotation_turns_pairs(int dimensions, bool neoX)
    {
        int pairs = dimensions / 2;
        float[] head = Numbers(new(dimensions), dimensions + 3, 1);
        float[] turned = [.. head];
        double[] frequencies = [.. Enumerable.Range(0, pairs).Select(i => Math.Pow(10000, -2.0 * i / dimensions))];
        float[] table = new float[dimensions];
        fixed (float* p = turned, cosine = table)
        {
            Rotation.Table(1234, frequencies, 1.25f, cosine, cosine + pairs);
            Rotation.Apply(p, pairs, neoX, cosine, cosine + pairs);
        }

        for (int i = 0; i < pairs; i++)
        {
            (int a, int b) = neoX ? (i, i + pairs) : (2 * i, 2 * i + 1);
            (double s, double c) = Math.SinCos(1234 * frequencies[i]);
            Assert.Equal(1.25 * (head[a] * c - head[b] * s), turned[a], 1e-6);
            Assert.Equal(1.25 * (head[a] * s + head[b] * c), turned[b], 1e-6);
        }

        Assert.Equal(head[dimensions..], turned[dimensions..]);
    }

    [Theory]
    [InlineData(GateKind.Silu, 1)]
    [InlineData(GateKind.Silu, 67)]
    [InlineData(GateKind.GeluTanh, 67)]
    [InlineData(GateKind.SwigluOai, 67)]
    public void Gates_are_their_formulas(GateKind kind, int width)
    {
        float[] gate = Numbers(new(width), width, 10);
        float[] up = Numbers(new(width + 1), width, 10);
        float[] result = [.. gate];
        fixed (float* p = result, u = up)
        {
            Gates.Apply(kind, p, u, width);
        }

        for (int i = 0; i < width; i++)
        {
            double g = gate[i];
            double expected = kind switch
            {
                GateKind.Silu => g / (1 + Math.Exp(-g)) * up[i],
                GateKind.GeluTanh => 0.5 * g * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (g + 0.044715 * g * g * g))) * up[i],
                _ => Math.Min(g, 7) / (1 + Math.Exp(-1.702 * Math.Min(g, 7))) * (Math.Clamp(up[i], -7, 7) + 1),
            };
            // 1 + tanh cancels for negative arguments: the error is absolute in g·up, not in the result.
            double tolerance = kind == GateKind.GeluTanh ? 4 * Ulp * Math.Abs(g * up[i]) + 1e-7 : 12 * Ulp * Math.Abs(expected) + 1e-7;
            Assert.InRange(result[i] - expected, -tolerance, tolerance);
        }
    }

    static float[] Numbers(Random random, int count, double size) => [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2 - 1) * size))];
}
