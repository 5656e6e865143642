using Millrace.Kernels;
using Millrace.Planning.Hardware;
using Millrace.Planning.Models;

namespace Millrace.Planning.Costs.Machine;

/// <summary>The time of steps on this processor: every product of the plan at the rate that was measured for its type, the width of the model and the number of tokens, attention by keys and by how far caches hold them, and a barrier after each op.</summary>
/// <remarks>Threads take products in slabs of rows and attention in pieces of heads, so that an odd number of them leaves a thread waiting: that is in the count, not in the rates.</remarks>
public sealed class MachineCost : ICostModel
{
    /// <summary>Rows over which the head runs at a time.</summary>
    internal const int HeadRows = 16;

    readonly Product[] _products;
    readonly double _fixedSeconds;
    readonly double[] _kvSecondsPerByte; // for each of MachineCoefficients.CacheBytes
    readonly double _secondsPerSequence; // of attention, besides keys
    readonly double _flopsPerKvByte, _promptSecondsPerFlop;
    readonly int _threads, _pieces;
    readonly double _watts;

    /// <summary>Prices a model.</summary>
    /// <param name="deployment">The model on this machine, undivided.</param>
    /// <param name="model">The same model.</param>
    /// <param name="machine">What was measured.</param>
    /// <param name="kv">How keys and values are kept.</param>
    /// <param name="error">How far it is off.</param>
    /// <exception cref="PlanningException">A type of the model was not measured.</exception>
    public MachineCost(Deployment deployment, PlannedModel model, MachineCoefficients machine, KvType kv, ErrorBand error)
    {
        (Deployment, Error, _threads) = (deployment, error, machine.Threads);
        PlanProfile profile = model.Profile;
        _products = [.. profile.Products.Select(product => new Product(product, model.Width, machine))];
        _fixedSeconds = machine.SecondsPerStep + profile.Ops * machine.SecondsPerOp;
        _pieces = profile.Attention.Min(static layer => layer.KvHeads * ((layer.Group + 15) / 16));
        int sizes = MachineCoefficients.CacheBytes.Count;
        double[] seconds = new double[sizes];
        double flops = 0, prompt = 0;
        foreach (AttentionProfile layer in profile.Attention)
        {
            int rows = Math.Min(layer.Group, 16);
            for (int size = 0; size < sizes; size++)
            {
                seconds[size] += layer.Layers * layer.KvHeads * ((layer.Group + 15) / 16) * machine.AttentionSecondsPerKey(kv, layer.HeadDim, rows, size) / _threads;
            }

            _secondsPerSequence += layer.Layers * layer.KvHeads * ((layer.Group + 15) / 16) * machine.AttentionSecondsPerPiece(kv, layer.HeadDim) / _threads;
            prompt += layer.Layers * layer.KvHeads * layer.Group / 16.0 * machine.AttentionSecondsPerKey(kv, layer.HeadDim, 16, 0) / _threads;
            flops += layer.Layers * layer.FlopsOfKey;
        }

        double bytes = model.Step(1, new SequenceWork(0, 1)).KvBytesWritten;
        _kvSecondsPerByte = [.. seconds.Select(each => each / bytes)];
        (_flopsPerKvByte, _promptSecondsPerFlop) = (flops / bytes, prompt / flops);
        KvCapacityBytes = (deployment.Device.Memory[0].Bytes?.Value ?? double.NaN) - deployment.Model.WeightBytes;
        _watts = deployment.Device.Watts?.Value ?? double.NaN;
    }

    /// <inheritdoc/>
    public Deployment Deployment { get; }

    /// <inheritdoc/>
    public double KvCapacityBytes { get; }

    /// <inheritdoc/>
    public int Stages => 1;

    /// <inheritdoc/>
    public ErrorBand Error { get; }

    /// <inheritdoc/>
    public StepTime Step(in StepWork work)
    {
        double reading = 0, products = 0;
        foreach (Product product in _products)
        {
            (double least, double all) = product.Seconds(work.Tokens, work.LogitRows);
            reading += least;
            products += all;
        }

        // What is attended beyond one token for each sequence is that of prompts, whose tokens share each key.
        double decoded = (work.KvBytesRead * MachineCoefficients.AtBytes(_kvSecondsPerByte, work.KvBytesRead) + work.Sequences * _secondsPerSequence) * Balance(Math.Max(1, work.Sequences) * _pieces);
        double prompt = Math.Max(0, work.AttentionFlops - work.KvBytesRead * _flopsPerKvByte) * _promptSecondsPerFlop;
        return new StepTime(products + decoded + prompt + _fixedSeconds, reading, decoded, products - reading + prompt, 0, _fixedSeconds);
    }

    /// <inheritdoc/>
    public double Watts(in StepTime time) => _watts;

    double Balance(int pieces) => BalanceOf(pieces, _threads);

    /// <summary>How much longer threads take for pieces that they share unevenly.</summary>
    internal static double BalanceOf(int pieces, int threads) => Math.Ceiling((double)pieces / threads) * threads / pieces;

    /// <summary>Products that are alike, and their rates.</summary>
    sealed class Product
    {
        readonly double _bytes;
        readonly ProductShape _shape;
        readonly IReadOnlyList<double> _rates; // for the first of MachineCoefficients.Tokens

        public Product(ProductShape shape, int width, MachineCoefficients machine)
        {
            _shape = shape;
            _bytes = shape.Bytes * shape.Count * (shape.Experts > 0 ? 1 : BalanceOf(shape.Slabs, machine.Threads));
            _rates = shape.Head
                ? machine.HeadSecondsPerByte(shape.Type)
                : [.. MachineCoefficients.Tokens.Select(tokens => machine.ProductSecondsPerByte(shape.Type, width, tokens))];
        }

        /// <summary>Seconds, and how many of them one token alone would take.</summary>
        public (double Least, double All) Seconds(int tokens, int logitRows)
        {
            if (_shape.Head)
            {
                int slices = logitRows / HeadRows;
                int rest = logitRows % HeadRows;
                double least = (slices + (rest > 0 ? 1 : 0)) * _bytes * _rates[0];
                return (least, slices * _bytes * MachineCoefficients.At(_rates, HeadRows) + (rest > 0 ? _bytes * MachineCoefficients.At(_rates, rest) : 0));
            }

            if (_shape.Experts == 0)
            {
                return (_bytes * _rates[0], _bytes * MachineCoefficients.At(_rates, tokens));
            }

            double reached = _shape.Experts * (1 - Math.Pow(1 - (double)_shape.Used / _shape.Experts, tokens));
            return (reached * _bytes * _rates[0], reached * _bytes * MachineCoefficients.At(_rates, Math.Max(1, tokens * _shape.Used / reached)));
        }
    }
}
