using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using V = System.Runtime.Intrinsics.Vector256<float>;

namespace Millrace.Kernels.Vectors;

/// <summary>8 floats, in whatever registers the processor has.</summary>
readonly unsafe struct Floats256 : IFloats<V>
{
    const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public static int Count => 8;

    [MethodImpl(Inline)]
    public static V Load(float* from) => Vector256.Load(from);

    [MethodImpl(Inline)]
    public static V LoadHalves(byte* from) => HalfBits.FromHalf8((ushort*)from);

    [MethodImpl(Inline)]
    public static V LoadBytes(byte* from)
    {
        (Vector128<short> words, _) = Vector128.Widen(Vector128.CreateScalarUnsafe(*(long*)from).AsSByte());
        return Vector256.ConvertToSingle(Vector256.WidenLower(words.ToVector256Unsafe()));
    }

    [MethodImpl(Inline)]
    public static void Store(V value, float* to) => Vector256.Store(value, to);

    [MethodImpl(Inline)]
    public static V Create(float value) => Vector256.Create(value);

    [MethodImpl(Inline)]
    public static Vector256<float> AddTo(Vector256<float> sum, V value) => sum + value;

    [MethodImpl(Inline)]
    public static V Subtract(V a, V b) => a - b;

    [MethodImpl(Inline)]
    public static V Multiply(V a, V b) => a * b;

    [MethodImpl(Inline)]
    public static V Fused(V a, V b, V c) => Vector256.FusedMultiplyAdd(a, b, c);

    [MethodImpl(Inline)]
    public static V Clamp(V value, float least, float most) => Vector256.MinNative(Vector256.MaxNative(value, Vector256.Create(least)), Vector256.Create(most));

    [MethodImpl(Inline)]
    public static V PowerOfTwo(V shifted, V magic) => ((shifted.AsInt32() - magic.AsInt32() + Vector256.Create(127)) << 23).AsSingle();

    [MethodImpl(Inline)]
    public static V Select(V x, float bound, V value) =>
        Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256.Create(bound)), V.Zero, Vector256.ConditionalSelect(Vector256.Equals(x, x), value, x));
}
