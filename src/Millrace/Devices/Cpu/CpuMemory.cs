using Millrace.Formats;
using Millrace.Graphs;
using Millrace.Kernels;

namespace Millrace.Devices.Cpu;

/// <summary>The memory of a plan: weights, each once, and the buffers that values take turns in.</summary>
sealed unsafe class CpuMemory : IDisposable
{
    readonly Plan _plan;
    readonly Dictionary<WeightRef, WeightMatrix> _weights = [];
    readonly Dictionary<VectorRef, NativeBuffer> _vectors = [];
    readonly List<IDisposable> _buffers = [];
    readonly Dictionary<WeightType, KernelLog> _kernels = [];

    /// <summary>Loads the weights and makes room for steps of a size.</summary>
    /// <param name="file">The model.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="rows">How many rows of each domain there can be.</param>
    /// <param name="pool">Packs the weights.</param>
    /// <param name="progress">Receives the bytes of weights read so far, or null.</param>
    public CpuMemory(ModelFile file, Plan plan, Func<RowDomain, int> rows, WorkerPool pool, IProgress<long>? progress)
    {
        _plan = plan;
        try
        {
            long read = 0;
            foreach (WeightRef weight in plan.Weights)
            {
                WeightMatrix matrix = WeightMatrix.Load(file.Tensor(weight.Tensor), weight.FirstRow, weight.Rows, pool);
                _weights[weight] = matrix;
                matrix.Log = _kernels.TryGetValue(matrix.Type, out KernelLog? log) ? log : _kernels[matrix.Type] = new(matrix.Type);
                progress?.Report(read += weight.Bytes);
            }

            Dictionary<string, float[]> tensors = [];
            foreach (VectorRef vector in plan.Graph.Ops.SelectMany(op => op.Vectors).Distinct())
            {
                if (!tensors.TryGetValue(vector.Tensor, out float[]? values))
                {
                    tensors[vector.Tensor] = values = file.Tensor(vector.Tensor).ReadFloats();
                }

                NativeBuffer memory = new(vector.Bytes);
                _vectors[vector] = memory;
                values.AsSpan((int)vector.Offset, vector.Length).CopyTo(new Span<float>(memory.Pointer, vector.Length));
            }

            file.VerifyUnchanged();
            foreach (PlanBuffer buffer in plan.Buffers)
            {
                int count = rows(buffer.Rows);
                _buffers.Add(buffer.Quantized is { } kind
                    ? ActivationBuffer.Create(kind, count, buffer.Width)
                    : new NativeBuffer((long)count * buffer.Width * sizeof(float)));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>By which kernels products ran: one for each type of weights.</summary>
    public IReadOnlyList<KernelLog> Kernels => [.. _kernels.Values];

    /// <summary>A matrix.</summary>
    public WeightMatrix Matrix(WeightRef weight) => _weights[weight];

    /// <summary>A vector, or null.</summary>
    public float* Vector(VectorRef? vector) => vector is null ? null : (float*)_vectors[vector].Pointer;

    /// <summary>The rows of a value of floats.</summary>
    public Rows Floats(Value value) => new((nint)((NativeBuffer)_buffers[_plan.BufferOf(value)]).Pointer, value.Width);

    /// <summary>A quantized value.</summary>
    public ActivationBuffer Quantized(Value value) => (ActivationBuffer)_buffers[_plan.BufferOf(value)];

    /// <summary>Frees all of it.</summary>
    public void Dispose()
    {
        foreach (IDisposable owned in _weights.Values.Concat<IDisposable>(_vectors.Values).Concat(_buffers))
        {
            owned.Dispose();
        }
    }
}
