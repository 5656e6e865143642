namespace Millrace.Sampling;

/// <summary>The filters between logits and a draw, each as llama.cpp's sampler of the same name. Each keeps at least one candidate and leaves the order of those it keeps.</summary>
static class Filters
{
    /// <summary>Keeps the fewest most likely candidates whose probabilities sum to at least <paramref name="p"/> (nucleus sampling, Holtzman et al. 2020).</summary>
    public static void TopP(Candidates candidates, float p)
    {
        if (p >= 1)
        {
            return;
        }

        double head = SortHead(candidates, p);
        double sum = 0;
        for (int i = 0; i < candidates.Count; i++)
        {
            sum += candidates.Probabilities[i] * head;
            if (sum >= p)
            {
                candidates.KeepFirst(i + 1);
                return;
            }
        }
    }

    /// <summary>Keeps the candidates at least <paramref name="p"/> times as likely as the most likely.</summary>
    public static void MinP(Candidates candidates, float p)
    {
        if (p > 0)
        {
            candidates.KeepAtLeast(candidates.Logits[candidates.IndexOfMax()] + MathF.Log(p));
        }
    }

    /// <summary>Keeps the fewest candidates whose surprise is nearest to the expected one (the entropy) and whose probabilities sum to more than <paramref name="p"/> (locally typical sampling, Meister et al. 2022).</summary>
    public static void Typical(Candidates candidates, float p)
    {
        if (p >= 1)
        {
            return;
        }

        candidates.Softmax();
        ReadOnlySpan<float> probabilities = candidates.Probabilities;
        double entropy = 0;
        foreach (float probability in probabilities)
        {
            entropy -= probability > 0 ? probability * Math.Log(probability) : 0;
        }

        Span<ulong> keys = candidates.Keys[..candidates.Count];
        for (int i = 0; i < keys.Length; i++)
        {
            float distance = MathF.Abs(-MathF.Log(probabilities[i]) - (float)entropy);
            keys[i] = ((ulong)Candidates.Ordered(distance) << 32) | (uint)i;
        }

        keys.Sort();
        double sum = 0;
        int kept = 0;
        while (kept < keys.Length && sum <= p)
        {
            int index = (int)(uint)keys[kept];
            sum += probabilities[index];
            keys[kept++] = (ulong)index;
        }

        keys[..kept].Sort();
        for (int i = 0; i < kept; i++)
        {
            candidates.Move((int)keys[i], i);
        }

        candidates.KeepFirst(kept);
    }

    /// <summary>Leaves out every candidate at least <paramref name="threshold"/> likely but the least likely of them ("exclude top choices").</summary>
    public static void Xtc(Candidates candidates, float threshold)
    {
        candidates.Softmax();
        ReadOnlySpan<float> probabilities = candidates.Probabilities;
        int least = -1;
        for (int i = 0; i < candidates.Count; i++)
        {
            // Of equally likely ones the last in order of tokens stays.
            if (probabilities[i] >= threshold && (least < 0 || IsAfter(candidates, i, least)))
            {
                least = i;
            }
        }

        int kept = 0;
        for (int i = 0; i < candidates.Count; i++)
        {
            if (probabilities[i] < threshold || i == least)
            {
                candidates.Move(i, kept++);
            }
        }

        candidates.KeepFirst(kept);
    }

    /// <summary>Keeps the candidates whose surprise is at most <paramref name="bits"/>, or the most likely one.</summary>
    public static void MaxSurprise(Candidates candidates, double bits)
    {
        candidates.Softmax();
        ReadOnlySpan<float> probabilities = candidates.Probabilities;
        int best = candidates.IndexOfMax();
        int kept = 0;
        for (int i = 0; i < candidates.Count; i++)
        {
            if (i == best || -Math.Log2(probabilities[i]) <= bits)
            {
                candidates.Move(i, kept++);
            }
        }

        candidates.KeepFirst(kept);
    }

    static bool IsAfter(Candidates candidates, int a, int b) =>
        candidates.Logits[a] < candidates.Logits[b] || (candidates.Logits[a] == candidates.Logits[b] && candidates.Ids[a] > candidates.Ids[b]);

    /// <summary>Sorts the most likely candidates whose probabilities sum to at least <paramref name="mass"/>, and perhaps more, and drops the others. Returns what the kept ones' sum is of all.</summary>
    static double SortHead(Candidates candidates, float mass)
    {
        candidates.Softmax();
        if (candidates.Sorted)
        {
            return 1;
        }

        const float Depth = 12; // nats below the top: what lies deeper is seldom needed
        float bound = candidates.Logits[candidates.IndexOfMax()] - Depth;
        double head = 0;
        for (int i = 0; i < candidates.Count; i++)
        {
            head += candidates.Logits[i] >= bound ? candidates.Probabilities[i] : 0;
        }

        if (head < mass + 1e-4)
        {
            head = 1;
        }
        else
        {
            candidates.KeepAtLeast(bound);
        }

        candidates.Sort();
        candidates.Softmax();
        return head;
    }
}
