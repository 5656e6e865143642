using Millrace.Cache;
using Millrace.Devices.Cpu;
using Millrace.Formats;
using Millrace.Kernels;
using Millrace.Planning.Models;

namespace Millrace.Planning.Costs.Machine;

/// <summary>A step that was predicted and measured.</summary>
/// <param name="Model">The model's shape.</param>
/// <param name="Type">The type of its weights.</param>
/// <param name="Batch">Sequences, a token each.</param>
/// <param name="Context">Tokens of each in the cache.</param>
/// <param name="Predicted">Seconds.</param>
/// <param name="Measured">Seconds: the mean over rounds of the lower quartile of each, as the prediction is.</param>
public sealed record TwinPoint(string Model, WeightType Type, int Batch, int Context, double Predicted, double Measured)
{
    /// <summary>Predicted over measured, less 1.</summary>
    public double Error => Predicted / Measured - 1;
}

/// <summary>Compares the model of this machine with the machine: what it predicts from is measured, then shapes of the catalogue with random weights, each loaded in turn; several rounds of it, so that what else goes on here meets all alike.</summary>
public sealed class TwinRun
{
    const int StepsOfRound = 9;
    const double SecondsOfRound = 0.4;

    readonly int _threads;
    readonly bool _processorTime;
    readonly Action<string> _progress;
    readonly Dictionary<(string Model, WeightType Type, int Batch, int Context), double> _seconds = []; // of all rounds

    TwinRun(int threads, bool processorTime, Action<string> progress) => (_threads, _processorTime, _progress) = (threads, processorTime, progress);

    /// <summary>Predicts and measures, in turns.</summary>
    /// <param name="models">Shapes of the catalogue.</param>
    /// <param name="types">Types of weights.</param>
    /// <param name="batches">Sequences.</param>
    /// <param name="contexts">Tokens in the cache.</param>
    /// <param name="rounds">Rounds.</param>
    /// <param name="threads">Threads.</param>
    /// <param name="known">What was measured of this machine before; null measures it anew in each round, and predicts the mean.</param>
    /// <param name="progress">Told what is done.</param>
    /// <param name="processorTime">Whether processor time counts, not the clock's.</param>
    public static IReadOnlyList<TwinPoint> Compare(
        IReadOnlyList<CatalogueModel> models, IReadOnlyList<WeightType> types, IReadOnlyList<int> batches, IReadOnlyList<int> contexts, int rounds, int threads, MachineCoefficients? known, Action<string> progress, bool processorTime = false)
    {
        TwinRun run = new(threads, processorTime, progress);
        Dictionary<(CatalogueModel Model, WeightType Type), PlannedModel> planned = [];
        foreach (CatalogueModel model in models)
        {
            foreach (WeightType type in types)
            {
                planned[(model, type)] = PlannedModel.Of(model, Precision.OfGguf(type));
            }
        }

        Dictionary<(CatalogueModel Model, WeightType Type, int Batch, int Context), double> predicted = [];
        for (int round = 0; round < rounds; round++)
        {
            MachineCoefficients? machine = null;
            foreach (((CatalogueModel model, WeightType type), PlannedModel work) in planned)
            {
                machine = known ?? MachineProbe.Measure(work.Profile.Products, KvType.F16, threads, machine, progress, processorTime);
                MachineCost cost = new(new Deployment(work, MachineStore.Unmeasured, new Parallelism(1), "millrace"), work, machine, KvType.F16, MachineStore.Band);
                foreach ((int context, int batch) in contexts.SelectMany(context => batches.Select(batch => (context, batch))))
                {
                    double seconds = cost.Step(work.Step(batch, new SequenceWork(context, 1))).Seconds;
                    predicted[(model, type, batch, context)] = predicted.GetValueOrDefault((model, type, batch, context)) + seconds / rounds;
                }
            }

            foreach ((CatalogueModel model, WeightType type) in planned.Keys)
            {
                run.Measure(model, type, batches, contexts, $"round {round + 1} of {rounds}");
            }
        }

        return [.. predicted.Select(point => new TwinPoint(
            point.Key.Model.Id, point.Key.Type, point.Key.Batch, point.Key.Context, point.Value, run._seconds[(point.Key.Model.Id, point.Key.Type, point.Key.Batch, point.Key.Context)] / rounds))];
    }

    void Measure(CatalogueModel model, WeightType type, IReadOnlyList<int> batches, IReadOnlyList<int> contexts, string round)
    {
        _progress($"{round}: {model.Id} in {type.GgufName}");
        int context = contexts.Max() + 1;
        Precision precision = Precision.OfGguf(type);
        using ShapeFile file = new(model.Id, model.Shape, tensor => precision.TypeOf(tensor, model.Shape), random: true);
        using CpuDevice device = CpuDevice.Load(file, new CpuOptions { Threads = _threads, Context = context, MaxTokens = Math.Max(64, batches.Max()), KvBlocks = batches.Max() * KvCache.BlocksFor(context) });
        StreamRun run = new(device, batches.Max(), _processorTime);
        run.FillCache();
        for (int i = 0; i < 10; i++)
        {
            run.Time(1, 0, 1);
        }

        foreach (int depth in contexts)
        {
            foreach (int batch in batches)
            {
                List<double> seconds = [];
                run.Time(batch, depth, 1);
                double sum = 0;
                for (int i = 0; i < StepsOfRound || (sum < SecondsOfRound && i < 200); i++)
                {
                    seconds.Add(run.Time(batch, depth, 1));
                    sum += seconds[^1];
                }

                _seconds[(model.Id, type, batch, depth)] = _seconds.GetValueOrDefault((model.Id, type, batch, depth)) + StreamRun.Typical(seconds);
            }
        }
    }
}
