using Millrace.Formats;
using Millrace.Graphs;
using Millrace.Kernels;

namespace Millrace.Devices.Cpu;

/// <summary>The matrices of a plan, each once, wherever their weights are.</summary>
sealed class CpuWeights : IDisposable
{
    readonly Dictionary<WeightRef, WeightMatrix> _matrices = [];
    readonly Dictionary<WeightType, KernelLog> _kernels = [];
    readonly ModelFile _file;
    readonly IDisposable? _map;
    readonly PanelScratch? _scratch;

    /// <summary>Loads them.</summary>
    /// <param name="file">The model.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="options">Say where they are to be.</param>
    /// <param name="scratch">Bytes for each thread, of the mode that has no panels.</param>
    /// <param name="pool">Lays out panels.</param>
    /// <param name="progress">Receives the bytes of weights read so far, or null.</param>
    public CpuWeights(ModelFile file, Plan plan, CpuOptions options, long scratch, WorkerPool pool, IProgress<long>? progress)
    {
        _file = file;
        try
        {
            if (options.Weights == WeightMode.LowMemory)
            {
                _map = file.Map();
                _scratch = new PanelScratch(scratch);
            }

            long read = 0;
            foreach (WeightRef weight in plan.Weights)
            {
                Tensor tensor = file.Tensor(weight.Tensor);
                WeightMatrix matrix = _scratch is null
                    ? WeightMatrix.Load(tensor, weight.FirstRow, weight.Rows, pool)
                    : WeightMatrix.Stream(tensor, weight.FirstRow, weight.Rows, _scratch);
                _matrices[weight] = matrix;
                matrix.Log = _kernels.TryGetValue(matrix.Type, out KernelLog? log) ? log : _kernels[matrix.Type] = new(matrix.Type);
                progress?.Report(read += weight.Bytes);
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
    public WeightMatrix this[WeightRef weight] => _matrices[weight];

    /// <summary>Called before and after a step reads what it needs: where that comes from the file, the file must be what it was.</summary>
    /// <exception cref="ModelFormatException">It was changed.</exception>
    public void VerifyUnchanged()
    {
        if (_map is not null)
        {
            _file.VerifyUnchanged();
        }
    }

    /// <summary>Frees all of it.</summary>
    public void Dispose()
    {
        foreach (WeightMatrix matrix in _matrices.Values)
        {
            matrix.Dispose();
        }

        _scratch?.Dispose();
        _map?.Dispose();
    }
}
