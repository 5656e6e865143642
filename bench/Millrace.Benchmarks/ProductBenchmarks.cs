using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using Millrace.Formats;
using Millrace.Formats.Blocks;
using Millrace.Kernels;

namespace Millrace.Benchmarks;

/// <summary>One thread, a matrix of 256 × 2048 that the second-level cache holds, for each format, token count and path of this processor.</summary>
public unsafe class ProductBenchmarks
{
    const int Rows = 256;
    const int Columns = 2048;

    WeightMatrix _matrix = null!;
    ActivationBuffer _x = null!;
    float* _y;

    /// <summary>The formats.</summary>
    public static IEnumerable<WeightType> Types => WeightTypes.All.Where(type => type.IsGguf);

    /// <summary>The paths.</summary>
    public static IEnumerable<KernelPath> Paths => KernelPaths.Supported.Where(path => path != KernelPath.Scalar);

    /// <summary>The format.</summary>
    [ParamsSource(nameof(Types))]
    public WeightType Type { get; set; }

    /// <summary>The path.</summary>
    [ParamsSource(nameof(Paths))]
    public KernelPath Path { get; set; }

    /// <summary>Vectors at once.</summary>
    [Params(1, 8)]
    public int Tokens { get; set; }

    /// <summary>Makes random weights and vectors.</summary>
    [GlobalSetup]
    public void Setup()
    {
        byte[] bytes = new byte[Rows * Type.RowBytes(Columns)];
        RandomBlocks.Fill(Type, bytes, 1, 0.02f);
        _matrix = WeightMatrix.Load(Type, Rows, Columns, bytes);
        _x = ActivationBuffer.Create(_matrix.Activation, Tokens, Columns);
        _y = (float*)NativeMemory.AlignedAlloc((nuint)(Rows * Tokens * sizeof(float)), 64);
        float[] vector = [.. Enumerable.Range(0, Columns).Select(i => MathF.Sin(i))];
        fixed (float* x = vector)
        {
            for (int token = 0; token < Tokens; token++)
            {
                _x.Quantize(token, x);
            }
        }

        KernelPaths.Forced = Path;
    }

    /// <summary>Frees them.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        _matrix.Dispose();
        _x.Dispose();
        NativeMemory.AlignedFree(_y);
    }

    /// <summary>The product; 2 × 256 × 2048 × tokens operations.</summary>
    [Benchmark]
    public void Multiply() => _matrix.Multiply(_x, 0, Tokens, 0, Rows, _y, Rows);
}

/// <summary>Rounding 2048 numbers to each form of activations.</summary>
public unsafe class QuantizeBenchmarks
{
    ActivationBuffer _buffer = null!;
    float* _x;

    /// <summary>The form.</summary>
    [Params(ActivationKind.F32, ActivationKind.F16, ActivationKind.BF16, ActivationKind.Q8_0, ActivationKind.Q8_K)]
    public ActivationKind Kind { get; set; }

    /// <summary>Makes a vector.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _buffer = ActivationBuffer.Create(Kind, 1, 2048);
        _x = (float*)NativeMemory.AlignedAlloc(2048 * sizeof(float), 64);
        for (int i = 0; i < 2048; i++)
        {
            _x[i] = MathF.Sin(i);
        }
    }

    /// <summary>Frees it.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        _buffer.Dispose();
        NativeMemory.AlignedFree(_x);
    }

    /// <summary>One vector.</summary>
    [Benchmark]
    public void Quantize() => _buffer.Quantize(0, _x);
}
