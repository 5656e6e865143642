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
    IDisposable? _open; // as long as steps read the file
    PanelScratch? _scratch;
    readonly PanelFile? _kept;

    /// <summary>Loads them.</summary>
    /// <param name="file">The model.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="options">Say where they are to be.</param>
    /// <param name="needs">What it was reckoned to take.</param>
    /// <param name="pool">Lays out panels.</param>
    /// <param name="progress">Receives the bytes of weights read so far, or null.</param>
    public CpuWeights(ModelFile file, Plan plan, CpuOptions options, CpuMemoryNeeds needs, WorkerPool pool, IProgress<long>? progress)
    {
        _file = file;
        try
        {
            IReadOnlyList<WeightRef> weights = plan.Weights;
            MatrixRows[] matrices = [.. weights.Select(weight => new MatrixRows(file.Tensor(weight.Tensor), weight.FirstRow, weight.Rows))];
            if (options.Weights == WeightMode.LowMemory)
            {
                _open = file.Map();
                _scratch = new PanelScratch(needs.PanelScratch);
                Status = "low memory: each product lays out rows of the mapped file";
            }
            else if (options.Weights == WeightMode.KeptPanels)
            {
                _kept = Keep(options.PanelFolder ?? throw new ArgumentException("panels can be kept only in a folder", nameof(options)), matrices, pool, progress);
                if (_kept is null)
                {
                    needs.InMemory.Check(options.Context);
                }
            }
            else if (options.ReadsFile)
            {
                _open = file.KeepOpen();
                _scratch = new PanelScratch(needs.PanelScratch);
                Status = "panels in memory, laid out behind the first step";
            }

            Mode = _kept is not null ? WeightMode.KeptPanels : options.Weights == WeightMode.LowMemory ? WeightMode.LowMemory : WeightMode.Panels;
            long read = 0;
            for (int i = 0; i < matrices.Length; i++)
            {
                (Tensor tensor, long firstRow, int rows) = matrices[i];
                WeightMatrix matrix = _kept is not null ? _kept.Matrix(i)
                    : _scratch is not null ? WeightMatrix.Stream(tensor, firstRow, rows, _scratch, hasRoom: Mode == WeightMode.Panels)
                    : WeightMatrix.Load(tensor, firstRow, rows, pool);
                _matrices[weights[i]] = matrix;
                matrix.Log = _kernels.TryGetValue(matrix.Type, out KernelLog? log) ? log : _kernels[matrix.Type] = new(matrix.Type);
                progress?.Report(read += weights[i].Bytes);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where they are.</summary>
    public WeightMode Mode { get; }

    /// <summary>Where they are, in words.</summary>
    public string Status { get; private set; } = "panels in memory";

    /// <summary>By which kernels products ran: one for each type of weights.</summary>
    public IReadOnlyList<KernelLog> Kernels => [.. _kernels.Values];

    /// <summary>A matrix.</summary>
    public WeightMatrix this[WeightRef weight] => _matrices[weight];

    /// <summary>Called before and after a step reads what it needs: where that comes from the file, the file must be what it was.</summary>
    /// <exception cref="ModelFormatException">It was changed.</exception>
    public void VerifyUnchanged()
    {
        if (_open is not null)
        {
            _file.VerifyUnchanged();
        }
    }

    /// <summary>Lays out the panels that the first step did without, and lets go of the file. Between steps.</summary>
    /// <exception cref="ModelFormatException">The file was changed.</exception>
    public void LayOut(WorkerPool pool)
    {
        if (Mode != WeightMode.Panels || _open is null)
        {
            return;
        }

        foreach (WeightMatrix matrix in _matrices.Values)
        {
            matrix.LayOutAll(pool);
        }

        VerifyUnchanged();
        Release();
    }

    /// <summary>Frees all of it.</summary>
    public void Dispose()
    {
        foreach (WeightMatrix matrix in _matrices.Values)
        {
            matrix.Dispose();
        }

        _kept?.Dispose();
        Release();
    }

    void Release()
    {
        _scratch?.Dispose();
        _open?.Dispose();
        (_scratch, _open) = (null, null);
    }

    /// <summary>Maps the panels of a model, made first where there are none that fit.</summary>
    /// <returns>Null where that is not possible; <see cref="Status"/> then says why.</returns>
    PanelFile? Keep(string folder, MatrixRows[] matrices, WorkerPool pool, IProgress<long>? progress)
    {
        PanelTable table = new(_file.Stamp, matrices);
        string path = Path.Combine(folder, table.FileName);
        try
        {
            PanelFile? kept = PanelFile.Open(path, table, pool);
            Status = $"panels mapped from {path}";
            if (kept is null)
            {
                PanelFile.Write(path, table, _file, pool, progress);
                Status += ", made at this load";
                kept = PanelFile.Open(path, table, pool) ?? throw new IOException("what was written does not read back");
            }

            return kept;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Status = $"panels in memory; they could not be kept in {folder}: {exception.Message}";
            return null;
        }
    }
}
