using Millrace.Formats;
using Millrace.Graphs;
using Millrace.Kernels;

namespace Millrace.Devices.Cpu;

/// <summary>The memory of a plan: weights, each once, and the buffers that values take turns in.</summary>
sealed unsafe class CpuMemory : IDisposable
{
    readonly Plan _plan;
    readonly Dictionary<VectorRef, NativeBuffer> _vectors = [];
    readonly List<IDisposable> _buffers = [];

    /// <summary>Loads the weights and makes room for steps of a size.</summary>
    /// <param name="file">The model.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="options">How the model runs.</param>
    /// <param name="needs">What it was reckoned to take.</param>
    /// <param name="pool">Packs the weights.</param>
    /// <param name="progress">Receives the bytes of weights read so far, or null.</param>
    public CpuMemory(ModelFile file, Plan plan, CpuOptions options, CpuMemoryNeeds needs, WorkerPool pool, IProgress<long>? progress)
    {
        _plan = plan;
        Weights = new CpuWeights(file, plan, options, needs, pool, progress);
        try
        {
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
                int count = CpuMemoryNeeds.RowsOf(buffer.Rows, options, needs.ExpertRows);
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

    /// <summary>The matrices.</summary>
    public CpuWeights Weights { get; }

    /// <summary>A matrix.</summary>
    public WeightMatrix Matrix(WeightRef weight) => Weights[weight];

    /// <summary>A vector, or null.</summary>
    public float* Vector(VectorRef? vector) => vector is null ? null : (float*)_vectors[vector].Pointer;

    /// <summary>The rows of a value of floats.</summary>
    public Rows Floats(Value value) => new((nint)((NativeBuffer)_buffers[_plan.BufferOf(value)]).Pointer, value.Width);

    /// <summary>A quantized value.</summary>
    public ActivationBuffer Quantized(Value value) => (ActivationBuffer)_buffers[_plan.BufferOf(value)];

    /// <summary>Frees all of it.</summary>
    public void Dispose()
    {
        foreach (IDisposable owned in _vectors.Values.Concat<IDisposable>(_buffers).Append(Weights))
        {
            owned.Dispose();
        }
    }
}
