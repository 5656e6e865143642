using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Millrace.Kernels;

/// <summary>How a gate acts on what goes through it.</summary>
public enum GateKind
{
    /// <summary>x·σ(x) · up (SwiGLU; Shazeer 2020).</summary>
    Silu,

    /// <summary>GELU in its tanh form · up (GeGLU).</summary>
    GeluTanh,

    /// <summary>gpt-oss: both clamped to ±7 (the gate from above only), x·σ(1.702 x) · (up + 1).</summary>
    SwigluOai,
}

/// <summary>A gate: a function of two vectors, lane by lane.</summary>
interface IGate
{
    /// <summary>The result for eight pairs.</summary>
    static abstract Vector256<float> Apply(Vector256<float> gate, Vector256<float> up);
}

/// <summary>x·σ(x)·up (Shazeer 2020).</summary>
readonly struct SiluGate : IGate
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Apply(Vector256<float> gate, Vector256<float> up) =>
        gate / (Vector256<float>.One + VectorMath.Exp(-gate)) * up;
}

/// <summary>½x(1 + tanh(√(2/π)(x + 0.044715x³)))·up (Hendrycks and Gimpel 2016), with tanh(u) = 1 - 2/(e²ᵘ + 1).</summary>
readonly struct GeluTanhGate : IGate
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Apply(Vector256<float> gate, Vector256<float> up)
    {
        Vector256<float> cubic = Vector256.FusedMultiplyAdd(gate * gate, Vector256.Create(0.044715f), Vector256<float>.One);
        Vector256<float> inner = gate * cubic * Vector256.Create(0.797884561f);
        Vector256<float> tanh = Vector256<float>.One - Vector256.Create(2f) / (VectorMath.Exp(inner + inner) + Vector256<float>.One);
        return Vector256.Create(0.5f) * gate * (Vector256<float>.One + tanh) * up;
    }
}

/// <summary>gpt-oss: g = min(gate, 7), u = clamp(up, ±7), g·σ(1.702 g)·(u + 1).</summary>
readonly struct SwigluOaiGate : IGate
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Apply(Vector256<float> gate, Vector256<float> up)
    {
        Vector256<float> limit = Vector256.Create(7f);
        Vector256<float> g = Vector256.Min(gate, limit);
        Vector256<float> u = Vector256.Min(Vector256.Max(up, -limit), limit);
        return g / (Vector256<float>.One + VectorMath.Exp(g * Vector256.Create(-1.702f))) * (u + Vector256<float>.One);
    }
}

/// <summary>Loops over a row.</summary>
static unsafe class Gates
{
    /// <summary>gate[i] = act(gate[i], up[i]).</summary>
    public static void Apply(GateKind kind, float* gate, float* up, int count)
    {
        switch (kind)
        {
            case GateKind.Silu:
                Apply<SiluGate>(gate, up, count);
                break;
            case GateKind.GeluTanh:
                Apply<GeluTanhGate>(gate, up, count);
                break;
            default:
                Apply<SwigluOaiGate>(gate, up, count);
                break;
        }
    }

    /// <summary>sum[i] += x[i].</summary>
    public static void Add(float* sum, float* x, int count) => Add(sum, sum, x, count);

    /// <summary>sum[i] = a[i] + b[i].</summary>
    public static void Add(float* sum, float* a, float* b, int count)
    {
        int i = 0;
        for (; i + 8 <= count; i += 8)
        {
            Vector256.Store(Vector256.Load(a + i) + Vector256.Load(b + i), sum + i);
        }

        for (; i < count; i++)
        {
            sum[i] = a[i] + b[i];
        }
    }

    /// <summary>sum[i] += x[i] · factor, fused.</summary>
    public static void AddScaled(float* sum, float* x, float factor, int count)
    {
        int i = 0;
        for (; i + 8 <= count; i += 8)
        {
            Vector256.Store(Vector256.FusedMultiplyAdd(Vector256.Load(x + i), Vector256.Create(factor), Vector256.Load(sum + i)), sum + i);
        }

        for (; i < count; i++)
        {
            sum[i] = MathF.FusedMultiplyAdd(x[i], factor, sum[i]);
        }
    }

    /// <summary>x[i] *= factor.</summary>
    public static void Scale(float* x, float factor, int count)
    {
        int i = 0;
        for (; i + 8 <= count; i += 8)
        {
            Vector256.Store(Vector256.Load(x + i) * factor, x + i);
        }

        for (; i < count; i++)
        {
            x[i] *= factor;
        }
    }

    static void Apply<T>(float* gate, float* up, int count)
        where T : struct, IGate
    {
        int i = 0;
        for (; i + 8 <= count; i += 8)
        {
            Vector256.Store(T.Apply(Vector256.Load(gate + i), Vector256.Load(up + i)), gate + i);
        }

        if (i < count)
        {
            Vector256<float> rest = T.Apply(VectorMath.LoadPartial(gate + i, count - i), VectorMath.LoadPartial(up + i, count - i));
            VectorMath.StorePartial(rest, gate + i, count - i);
        }
    }
}
