namespace Millrace.Sampling;

/// <summary>What changes single tokens' logits before any filter, from the tokens so far. The candidates still stand at their tokens' indices.</summary>
static class Penalties
{
    /// <summary>Repetition, frequency and presence penalty, as llama.cpp's <c>penalties</c> sampler: the first is CTRL's (Keskar et al. 2019), the others OpenAI's.</summary>
    public static void Apply(Candidates candidates, ReadOnlySpan<int> tokens, SamplingParameters parameters)
    {
        if (parameters is { RepetitionPenalty: 1, FrequencyPenalty: 0, PresencePenalty: 0 })
        {
            return;
        }

        ReadOnlySpan<int> window = Last(tokens, parameters.PenaltyWindow);
        int[] counts = candidates.PerToken;
        foreach (int token in window)
        {
            counts[token]++;
        }

        Span<float> logits = candidates.Logits;
        foreach (int token in window)
        {
            int count = counts[token];
            if (count == 0)
            {
                continue; // done where it stood before
            }

            counts[token] = 0;
            float logit = logits[token];
            logit = logit <= 0 ? logit * parameters.RepetitionPenalty : logit / parameters.RepetitionPenalty;
            logits[token] = logit - (count * parameters.FrequencyPenalty + parameters.PresencePenalty);
        }
    }

    /// <summary>The last tokens that a window covers; -1 covers all.</summary>
    public static ReadOnlySpan<int> Last(ReadOnlySpan<int> tokens, int window) =>
        window < 0 || window >= tokens.Length ? tokens : tokens[^window..];
}
