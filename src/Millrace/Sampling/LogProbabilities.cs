using System.Runtime.Intrinsics;

namespace Millrace.Sampling;

/// <summary>A token and the natural logarithm of its probability.</summary>
/// <param name="Token">The token.</param>
/// <param name="LogProbability">ln p, at most 0; negative infinity where the model excludes it.</param>
public readonly record struct TokenLogProbability(int Token, double LogProbability);

/// <summary>Log-probabilities of the model's own distribution: the log-softmax of the logits before bias, penalties, filters and temperature, as OpenAI's <c>logprobs</c>.</summary>
public static class LogProbabilities
{
    /// <summary>ln Σ exp(logit): what is subtracted from a logit to make it a log-probability. Summed in double precision, in the same order on every machine.</summary>
    /// <exception cref="SamplingException">The logits are not numbers.</exception>
    public static double Normalizer(ReadOnlySpan<float> logits)
    {
        float max = float.NegativeInfinity;
        foreach (float logit in logits)
        {
            max = Math.Max(max, logit); // NaN stays
        }

        if (!float.IsFinite(max))
        {
            throw new SamplingException($"the largest logit the model gave is {max}");
        }

        var shift = Vector256.Create((double)max);
        Vector256<double> sum = default;
        int i = 0;
        for (; i <= logits.Length - 4; i += 4)
        {
            (Vector128<double> low, Vector128<double> high) = Vector128.Widen(Vector128.Create(logits[i..]));
            sum += Vector256.Exp(Vector256.Create(low, high) - shift);
        }

        double tail = 0;
        for (; i < logits.Length; i++)
        {
            tail += Math.Exp(logits[i] - (double)max);
        }

        return max + Math.Log(Vector256.Sum(sum) + tail);
    }

    /// <summary>The most likely tokens, most likely first; of equal ones the lower id.</summary>
    /// <param name="logits">[vocabulary].</param>
    /// <param name="normalizer">Their <see cref="Normalizer"/>.</param>
    /// <param name="scratch">Overwritten.</param>
    /// <param name="top">How many; filled, at most one for each token of the vocabulary.</param>
    public static void Top(ReadOnlySpan<float> logits, double normalizer, Candidates scratch, Span<TokenLogProbability> top)
    {
        if (top.IsEmpty)
        {
            return; // none were asked for
        }

        scratch.Load(logits);
        scratch.KeepTop(top.Length);
        for (int i = 0; i < top.Length; i++)
        {
            top[i] = new(scratch.Ids[i], scratch.Logits[i] - normalizer);
        }
    }
}
