namespace Millrace.Sampling;

/// <summary>DRY ("don't repeat yourself"): a token that would continue a repetition of length n loses multiplier · base^(n - allowed), as llama.cpp's <c>dry</c> sampler.</summary>
sealed class DryPenalty
{
    readonly SamplingParameters _parameters;
    readonly Dictionary<int, int[][]> _breakers; // by first token: what follows it

    public DryPenalty(SamplingParameters parameters)
    {
        _parameters = parameters;
        _breakers = parameters.DryBreakers
            .GroupBy(breaker => breaker[0])
            .ToDictionary(group => group.Key, group => group.Select(breaker => breaker.Skip(1).ToArray()).ToArray());
    }

    /// <summary>Lowers the logits of the tokens that would continue a repetition.</summary>
    public void Apply(Candidates candidates, ReadOnlySpan<int> tokens)
    {
        ReadOnlySpan<int> window = Penalties.Last(tokens, _parameters.DryWindow);
        int allowed = _parameters.DryAllowedLength;
        if (window.Length <= allowed)
        {
            return;
        }

        int limit = SinceBreaker(window);
        if (limit < allowed)
        {
            return;
        }

        ReadOnlySpan<int> repeats = CountRepeats(window, candidates.PositionScratch(window.Length));
        int[] longest = candidates.PerToken;
        for (int k = 1; k < window.Length; k++)
        {
            int repeat = Math.Min(repeats[k], limit);
            if (repeat >= allowed)
            {
                ref int entry = ref longest[window[^k]]; // what came after the earlier occurrence
                entry = Math.Max(entry, repeat);
            }
        }

        Span<float> logits = candidates.Logits;
        for (int k = 1; k < window.Length; k++)
        {
            int token = window[^k];
            int repeat = longest[token];
            longest[token] = 0;
            if (repeat > 0 && !IsBreaker(token))
            {
                float penalty = _parameters.DryMultiplier * MathF.Pow(_parameters.DryBase, repeat - allowed);
                logits[token] -= Math.Min(penalty, float.MaxValue);
            }
        }
    }

    /// <summary>The number of tokens after the last breaker.</summary>
    int SinceBreaker(ReadOnlySpan<int> window)
    {
        if (_breakers.Count == 0)
        {
            return window.Length;
        }

        for (int back = 0; back < window.Length; back++)
        {
            if (!_breakers.TryGetValue(window[^(back + 1)], out int[][]? tails))
            {
                continue;
            }

            int match = -1;
            foreach (int[] tail in tails)
            {
                if (tail.Length > match && tail.Length <= back && window.Slice(window.Length - back, tail.Length).SequenceEqual(tail))
                {
                    match = tail.Length;
                }
            }

            if (match >= 0)
            {
                return back - match;
            }
        }

        return window.Length;
    }

    bool IsBreaker(int token)
    {
        if (_breakers.TryGetValue(token, out int[][]? tails))
        {
            foreach (int[] tail in tails)
            {
                if (tail.Length == 0)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>The Z-algorithm on the reversed window, linear: element k is how many tokens before (and with) the one k from the end equal the window's last ones.</summary>
    static ReadOnlySpan<int> CountRepeats(ReadOnlySpan<int> window, int[] z)
    {
        int left = 0, right = 0; // the reversed window's [left, right) equals its beginning
        for (int k = 1; k < window.Length; k++)
        {
            int n = k < right ? Math.Min(right - k, z[k - left]) : 0;
            while (k + n < window.Length && window[^(n + 1)] == window[^(k + n + 1)])
            {
                n++;
            }

            z[k] = n;
            if (k + n > right)
            {
                (left, right) = (k, k + n);
            }
        }

        return z.AsSpan(0, window.Length);
    }
}
