namespace Millrace.Sampling;

/// <summary>Draws the tokens of one sequence. What it draws depends on the logits, the tokens so far, and how many it has drawn: not on other sequences, nor on scratch.</summary>
/// <remarks>The order is llama.cpp's: logit bias, penalties, DRY, top-k, typical, top-p, min-p, XTC, temperature, draw. Mirostat takes the place of all between bias and temperature's draw. Allocates nothing after the constructor, but where DRY meets a longer context than any before.</remarks>
public sealed class Sampler
{
    readonly SamplingParameters _parameters;
    readonly KeyValuePair<int, float>[] _bias;
    readonly DryPenalty? _dry;
    Xoshiro256 _random;
    double _maxSurprise;

    /// <summary>Creates a sampler.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public Sampler(SamplingParameters parameters, int vocabulary)
    {
        parameters.Validate(vocabulary);
        _parameters = parameters;
        _bias = [.. parameters.LogitBias];
        _dry = parameters.DryMultiplier > 0 ? new DryPenalty(parameters) : null;
        _random = new Xoshiro256(parameters.Seed);
        _maxSurprise = 2.0 * parameters.MirostatTau;
    }

    /// <summary>Draws the next token.</summary>
    /// <param name="logits">[vocabulary] of the last token.</param>
    /// <param name="tokens">The sequence so far, prompt included.</param>
    /// <param name="candidates">Scratch; afterwards it holds what was left when the token was drawn.</param>
    /// <exception cref="SamplingException">The logits are not numbers, or every token is banned.</exception>
    public int Sample(ReadOnlySpan<float> logits, ReadOnlySpan<int> tokens, Candidates candidates)
    {
        candidates.Load(logits);
        foreach ((int token, float bias) in _bias)
        {
            candidates.Logits[token] += bias;
        }

        if (_parameters.Mirostat)
        {
            return _parameters.Temperature == 0 ? Best(candidates) : SampleMirostat(candidates);
        }

        Penalties.Apply(candidates, tokens, _parameters);
        _dry?.Apply(candidates, tokens);
        // Of the filters only these two can drop the most likely token.
        bool filtered = _parameters is { TypicalP: < 1 } or { XtcProbability: > 0 };
        if (_parameters.Temperature == 0 && !filtered)
        {
            return Best(candidates);
        }

        Filter(candidates);
        return _parameters.Temperature == 0 ? Best(candidates) : candidates.Ids[Draw(candidates)];
    }

    void Filter(Candidates candidates)
    {
        if (_parameters.TopK > 0)
        {
            candidates.KeepTop(_parameters.TopK);
        }

        Filters.Typical(candidates, _parameters.TypicalP);
        Filters.TopP(candidates, _parameters.TopP);
        Filters.MinP(candidates, _parameters.MinP);
        if (_parameters.XtcProbability > 0 && _random.NextDouble() < _parameters.XtcProbability)
        {
            Filters.Xtc(candidates, _parameters.XtcThreshold);
        }
    }

    /// <summary>Mirostat 2 (Basu et al. 2021): leaves out what is more surprising than a bound, and moves the bound so that the surprise of what is drawn tends to tau.</summary>
    int SampleMirostat(Candidates candidates)
    {
        Scale(candidates);
        Filters.MaxSurprise(candidates, _maxSurprise);
        int drawn = DrawScaled(candidates);
        double surprise = -Math.Log2(candidates.Probabilities[drawn]);
        _maxSurprise -= _parameters.MirostatEta * (surprise - _parameters.MirostatTau);
        return candidates.Ids[drawn];
    }

    static int Best(Candidates candidates) => candidates.Ids[candidates.IndexOfMax()];

    int Draw(Candidates candidates)
    {
        Scale(candidates);
        return DrawScaled(candidates);
    }

    void Scale(Candidates candidates)
    {
        if (_parameters.Temperature != 1)
        {
            foreach (ref float logit in candidates.Logits)
            {
                logit /= _parameters.Temperature;
            }
        }
    }

    int DrawScaled(Candidates candidates)
    {
        candidates.Softmax();
        ReadOnlySpan<float> probabilities = candidates.Probabilities;
        double total = 0;
        foreach (float probability in probabilities)
        {
            total += probability;
        }

        double point = _random.NextDouble() * total;
        int last = 0;
        double sum = 0;
        for (int i = 0; i < probabilities.Length; i++)
        {
            if (probabilities[i] > 0)
            {
                last = i;
                sum += probabilities[i];
                if (point < sum)
                {
                    return i;
                }
            }
        }

        return last;
    }
}
