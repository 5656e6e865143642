using Millrace.Planning.Models;

namespace Millrace.Planning.Costs;

/// <summary>A replica on chips that read weights from memory: a step takes the sum of its <see cref="Term"/>s, each with the coefficient that measurements of the device and engine gave.</summary>
/// <remarks>The roofline of each kind of op is in the terms: bytes over bandwidth for weights, keys and values, operations over peak for products and attention. Their sum, not the largest, is what steps of engines were measured to take: kernels follow each other, and each is bound by something else. No step is shorter than reading its bytes takes by the data sheet, whatever coefficients say.</remarks>
sealed class RooflineCost : ICostModel
{
    readonly StepTerms _terms;
    readonly Terms _coefficients;
    readonly PowerModel _power;

    /// <summary>Prices a deployment.</summary>
    /// <exception cref="PlanningException">The device's data sheet lacks what is needed, or the division is impossible.</exception>
    public RooflineCost(Deployment deployment, in Terms coefficients, PowerModel power, ErrorBand error)
    {
        (Deployment, _coefficients, _power, Error) = (deployment, coefficients, power, error);
        _terms = new StepTerms(deployment);
        KvCapacityBytes = ReplicaMemory.KvBytes(deployment);
    }

    /// <inheritdoc/>
    public Deployment Deployment { get; }

    /// <inheritdoc/>
    public double KvCapacityBytes { get; }

    /// <inheritdoc/>
    public int Stages => Deployment.Parallel.Pipeline;

    /// <inheritdoc/>
    public ErrorBand Error { get; }

    /// <inheritdoc/>
    public StepTime Step(in StepWork work)
    {
        Terms terms = _terms.Of(work);
        double weights = Part(terms, Term.Weights), kv = Part(terms, Term.Kv);
        double compute = Part(terms, Term.PromptFlops) + Part(terms, Term.DecodeFlops) + Part(terms, Term.Attention);
        double link = Part(terms, Term.LinkBytes) + Part(terms, Term.LinkRounds);
        double seconds = terms.Times(_coefficients), least = terms[Term.Weights] + terms[Term.Kv];
        if (seconds < least)
        {
            return new StepTime(least, terms[Term.Weights], terms[Term.Kv], compute, link, 0);
        }

        return new StepTime(seconds, weights, kv, compute, link, seconds - weights - kv - compute - link);
    }

    /// <inheritdoc/>
    public double Watts(in StepTime time) => _power.Watts(Deployment, Busy(time, time.Weights + time.Kv), Busy(time, time.Compute));

    double Part(in Terms terms, Term term) => terms[term] * _coefficients[term];

    static double Busy(in StepTime time, double part) => time.Seconds > 0 ? Math.Min(1, part / time.Seconds) : 0;
}
