using System.Runtime.CompilerServices;
using Millrace.Kernels.Vectors;

namespace Millrace.Kernels;

/// <summary>How keys and values are kept.</summary>
public enum KvType
{
    /// <summary>32-bit floats.</summary>
    F32,

    /// <summary>Binary16.</summary>
    F16,

    /// <summary>Signed bytes with one scale for each token and head.</summary>
    Int8,
}

/// <summary>How one number of the KV cache is stored. Keys lie transposed, <c>[headDim, slots]</c>, so that a vector holds one dimension of eight tokens; values lie <c>[slots, valueDim]</c>.</summary>
unsafe interface IKvFormat
{
    /// <summary>Bytes of a number.</summary>
    static abstract int Size { get; }

    /// <summary>Whether each token and head has a scale.</summary>
    static abstract bool Scaled { get; }

    /// <summary>A register of numbers as floats, before the scale.</summary>
    static abstract TVector Load<TFloats, TVector>(byte* source)
        where TFloats : struct, IFloats<TVector>
        where TVector : unmanaged;

    /// <summary>Stores a vector, its numbers <paramref name="stride"/> apart, and returns its scale (1 where there is none).</summary>
    static abstract float Store(float* source, int count, byte* destination, int stride);
}

/// <summary>32-bit floats.</summary>
readonly unsafe struct KvF32 : IKvFormat
{
    /// <inheritdoc/>
    public static int Size => 4;

    /// <inheritdoc/>
    public static bool Scaled => false;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TFloats, TVector>(byte* source)
        where TFloats : struct, IFloats<TVector>
        where TVector : unmanaged => TFloats.Load((float*)source);

    /// <inheritdoc/>
    public static float Store(float* source, int count, byte* destination, int stride)
    {
        for (int i = 0; i < count; i++)
        {
            ((float*)destination)[(long)i * stride] = source[i];
        }

        return 1;
    }
}

/// <summary>Binary16.</summary>
readonly unsafe struct KvF16 : IKvFormat
{
    /// <inheritdoc/>
    public static int Size => 2;

    /// <inheritdoc/>
    public static bool Scaled => false;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TFloats, TVector>(byte* source)
        where TFloats : struct, IFloats<TVector>
        where TVector : unmanaged => TFloats.LoadHalves(source);

    /// <inheritdoc/>
    public static float Store(float* source, int count, byte* destination, int stride)
    {
        for (int i = 0; i < count; i++)
        {
            ((ushort*)destination)[(long)i * stride] = HalfBits.ToHalf(source[i]);
        }

        return 1;
    }
}

/// <summary>Signed bytes: 127 stands for the largest magnitude of the vector.</summary>
readonly unsafe struct KvInt8 : IKvFormat
{
    /// <inheritdoc/>
    public static int Size => 1;

    /// <inheritdoc/>
    public static bool Scaled => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TFloats, TVector>(byte* source)
        where TFloats : struct, IFloats<TVector>
        where TVector : unmanaged => TFloats.LoadBytes(source);

    /// <inheritdoc/>
    public static float Store(float* source, int count, byte* destination, int stride)
    {
        float largest = 0;
        for (int i = 0; i < count; i++)
        {
            largest = MathF.Max(largest, MathF.Abs(source[i]));
        }

        float inverse = largest > 0 ? 127 / largest : 0;
        for (int i = 0; i < count; i++)
        {
            ((sbyte*)destination)[(long)i * stride] = (sbyte)MathF.Round(source[i] * inverse);
        }

        return largest / 127;
    }
}
