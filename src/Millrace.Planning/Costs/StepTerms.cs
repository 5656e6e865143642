using Millrace.Planning.Costs.Systolic;
using Millrace.Planning.Hardware;
using Millrace.Planning.Models;

namespace Millrace.Planning.Costs;

/// <summary>The terms of a deployment's steps.</summary>
sealed class StepTerms
{
    // Launches and rounds are of the order of 0.1 ms and 1 µs; such units keep coefficients near 1.
    const double LayerUnit = 1e-4, RoundUnit = 1e-6, SequenceUnit = 1e-4, TokenUnit = 1e-5, StepUnit = 1e-3, RequestUnit = 1e-2;

    readonly double _bandwidth, _peak, _peak16, _link, _kvCopies, _hopSeconds;
    readonly (double Hops, double SecondsPerByte)? _torus; // of one sum over the chips
    readonly SystolicArray? _array;
    readonly int _chips, _layers, _stages, _width, _expertChips;
    readonly bool _experts, _joined;

    /// <summary>Reads the data sheet.</summary>
    /// <exception cref="PlanningException">The device has no bandwidth or no peak, or the division is impossible.</exception>
    public StepTerms(Deployment deployment)
    {
        (ModelWork model, DeviceSpec device, Parallelism parallel) = (deployment.Model, deployment.Device, deployment.Parallel);
        if (parallel.Tensor < 1 || parallel.Pipeline < 1 || parallel.Expert < 1 || parallel.Pipeline > model.Layers)
        {
            throw new PlanningException("parallelism", "", $"one chip at least for each, and no more groups than the {model.Layers} layers", $"TP{parallel.Tensor} PP{parallel.Pipeline} EP{parallel.Expert}");
        }

        _chips = parallel.Tensor;
        _bandwidth = DataSheet.Bandwidth(device);
        _peak = DataSheet.Peak(device, model.Weights);
        _peak16 = DataSheet.Peak(device, NumberType.Bf16);
        Interconnect? link = device.Link;
        bool inside = _chips <= Math.Max(1, link?.DomainChips ?? 1) || link?.ScaleOutBytesPerSecond is null;
        _link = (inside ? link?.BytesPerSecond?.Value : link?.ScaleOutBytesPerSecond?.Value) is double bytes and > 0 ? bytes : DataSheet.DefaultLink;
        _joined = device.Kind == DeviceKind.Gpu && inside;
        _kvCopies = ReplicaMemory.KvCopies(deployment);
        (_layers, _width, _experts, _stages) = (model.Layers, model.Width, model.Experts > 0, parallel.Pipeline);
        _expertChips = _experts ? parallel.Expert : 1;
        if (device.Kind == DeviceKind.Systolic)
        {
            _array = SystolicArray.Of(device);
            _torus = link?.BytesPerSecond is null ? null : Sum(Torus.Of(device, _chips));
        }

        _hopSeconds = (link?.LatencySeconds?.Value is double latency and > 0 ? latency : 1e-5) / RoundUnit;
    }

    /// <summary>The terms of a step. Of the tokens, one of each sequence counts as decoded and the rest as prompts.</summary>
    public Terms Of(in StepWork work)
    {
        double prompt = Math.Max(0, work.Tokens - work.Sequences), decoded = work.Tokens - prompt;
        double flopsOfToken = work.MatrixFlops / Math.Max(1, work.Tokens);
        Terms terms = default;
        terms[Term.Weights] = work.WeightBytes / (_chips * _bandwidth);
        terms[Term.Kv] = work.KvBytesRead * _kvCopies / (_chips * _bandwidth);
        terms[Term.PromptFlops] = prompt * flopsOfToken / (_chips * _peak * Utilisation(work.Tokens));
        terms[Term.DecodeFlops] = decoded * flopsOfToken / (_chips * _peak);
        terms[Term.Attention] = work.AttentionFlops / (_chips * _peak16);
        terms[Term.Layers] = _layers * LayerUnit;
        terms[Term.ExpertLayers] = _experts ? _layers * LayerUnit : 0;
        terms[Term.PromptLayers] = prompt > 0 ? _layers * LayerUnit : 0;
        terms[Term.Sequences] = work.Sequences * SequenceUnit;
        terms[Term.PromptTokens] = prompt * TokenUnit;
        terms[Term.Step] = StepUnit;
        (terms[Term.LinkBytes], terms[Term.LinkRounds]) = Link(work.Tokens);
        return terms;
    }

    /// <summary>What a request costs besides its steps.</summary>
    public static Terms OfRequest(double promptTokens)
    {
        Terms terms = default;
        terms[Term.Request] = RequestUnit;
        terms[Term.RequestTokens] = promptTokens * TokenUnit;
        return terms;
    }

    // Two sums a layer, behind attention and behind the feed-forward block; experts that are spread exchange tokens in place of the second.
    (double Bytes, double Rounds) Link(int tokens)
    {
        double message = 2.0 * tokens * _width;
        (double Bytes, double Rounds) first = _torus is { } torus ? (message * torus.SecondsPerByte * _link, torus.Hops) : Collectives.AllReduce(_chips, message, _joined);
        (double Bytes, double Rounds) second = _expertChips > 1 ? Twice(Collectives.AllToAll(_expertChips, message * 2, _joined)) : first;
        (double Bytes, double Rounds) hop = Collectives.Hop(message);
        double bytes = _layers * (first.Bytes + second.Bytes) + (_stages - 1) * hop.Bytes;
        double rounds = _layers * (first.Rounds + second.Rounds) + (_stages - 1) * hop.Rounds * _hopSeconds;
        return (bytes / _link, rounds * RoundUnit);
    }

    // Of the arrays' peak, for a product as wide as the model that is cut over the chips. It matters to prompts: decoding waits for weights.
    double Utilisation(int tokens) => _array is null || tokens <= 0 ? 1 : _array.Utilisation(tokens, _width, Math.Ceiling((double)_width / _chips));

    static (double Hops, double SecondsPerByte) Sum(Torus torus)
    {
        double hops = torus.AllReduceSeconds(0);
        return (hops / torus.HopSeconds, torus.AllReduceSeconds(1) - hops);
    }

    static (double, double) Twice((double Bytes, double Rounds) cost) => (2 * cost.Bytes, 2 * cost.Rounds);
}
