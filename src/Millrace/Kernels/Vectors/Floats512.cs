using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using V = System.Runtime.Intrinsics.Vector512<float>;

namespace Millrace.Kernels.Vectors;

/// <summary>16 floats in a register of AVX-512.</summary>
readonly unsafe struct Floats512 : IFloats<V>
{
    const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public static int Count => 16;

    [MethodImpl(Inline)]
    public static V Load(float* from) => Vector512.Load(from);

    // As HalfBits.FromHalf8.
    [MethodImpl(Inline)]
    public static V LoadHalves(byte* from)
    {
        Vector512<int> wide = Avx512F.ConvertToVector512Int32(Vector256.Load((short*)from));
        Vector512<int> infinite = Vector512.Equals(wide & Vector512.Create(0x7C00), Vector512.Create(0x7C00));
        Vector512<int> bits = (wide << 13) & Vector512.Create(unchecked((int)0x8FFFE000));
        return ((bits.AsSingle() * HalfBits.HalfToSingle).AsInt32() | (infinite & Vector512.Create(0x7F800000))).AsSingle();
    }

    [MethodImpl(Inline)]
    public static V LoadBytes(byte* from) => Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(Vector128.Load((sbyte*)from)));

    [MethodImpl(Inline)]
    public static void Store(V value, float* to) => Vector512.Store(value, to);

    [MethodImpl(Inline)]
    public static V Create(float value) => Vector512.Create(value);

    [MethodImpl(Inline)]
    public static Vector256<float> AddTo(Vector256<float> sum, V value) => sum + value.GetLower() + value.GetUpper();

    [MethodImpl(Inline)]
    public static V Subtract(V a, V b) => a - b;

    [MethodImpl(Inline)]
    public static V Multiply(V a, V b) => a * b;

    [MethodImpl(Inline)]
    public static V Fused(V a, V b, V c) => Vector512.FusedMultiplyAdd(a, b, c);

    [MethodImpl(Inline)]
    public static V Clamp(V value, float least, float most) => Vector512.MinNative(Vector512.MaxNative(value, Vector512.Create(least)), Vector512.Create(most));

    [MethodImpl(Inline)]
    public static V PowerOfTwo(V shifted, V magic) => ((shifted.AsInt32() - magic.AsInt32() + Vector512.Create(127)) << 23).AsSingle();

    [MethodImpl(Inline)]
    public static V Select(V x, float bound, V value) =>
        Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(bound)), V.Zero, Vector512.ConditionalSelect(Vector512.Equals(x, x), value, x));
}
