using System.Runtime.InteropServices;
using Millrace.Kernels;

namespace Millrace.Benchmarks;

/// <summary>A product with one matrix after another, in slabs of 64 rows, to each thread its share of them in ascending order, as the engine deals them out.</summary>
sealed unsafe class MatrixWork : IParallelWork, IDisposable
{
    const int Slab = 64;

    readonly List<WeightMatrix> _matrices;
    readonly ActivationBuffer _x;
    readonly float* _y;
    readonly int _tokens;
    WeightMatrix _matrix;
    int _turn;
    int _threads;

    public MatrixWork(List<WeightMatrix> matrices, int tokens)
    {
        _matrices = matrices;
        _tokens = tokens;
        _matrix = matrices[0];
        _x = ActivationBuffer.Create(_matrix.Activation, tokens, _matrix.Columns);
        _y = (float*)NativeMemory.AlignedAlloc((nuint)(4L * tokens * _matrix.Rows), 64);
        float[] vector = [.. Enumerable.Range(0, _matrix.Columns).Select(i => MathF.Sin(i))];
        fixed (float* x = vector)
        {
            for (int t = 0; t < tokens; t++)
            {
                _x.Quantize(t, x);
            }
        }
    }

    /// <summary>The path that the products take; null for the usual one.</summary>
    public KernelPath? Path { get; init; }

    public void Next(WorkerPool pool)
    {
        _matrix = _matrices[_turn++ % _matrices.Count];
        _threads = pool.Threads;
        pool.Run(this);
    }

    public void Run(int thread)
    {
        KernelPaths.Forced = Path;
        int slabs = (_matrix.Rows + Slab - 1) / Slab;
        for (int slab = slabs * thread / _threads; slab < slabs * (thread + 1) / _threads; slab++)
        {
            _matrix.Multiply(_x, 0, _tokens, slab * Slab, Math.Min((slab + 1) * Slab, _matrix.Rows), _y, _matrix.Rows);
        }
    }

    public void Dispose()
    {
        _x.Dispose();
        NativeMemory.AlignedFree(_y);
    }
}
