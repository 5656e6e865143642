namespace Millrace.Tests.Sampling;

/// <summary>The samplers from their definitions, in double precision, over every token, with no shortcut.</summary>
static class Reference
{
    public static double[] Softmax(double[] logits)
    {
        double max = logits.Max();
        double[] exp = [.. logits.Select(logit => Math.Exp(logit - max))];
        double sum = exp.Sum();
        return [.. exp.Select(value => value / sum)];
    }

    /// <summary>The tokens, most likely first, equal ones by id.</summary>
    public static int[] Order(double[] logits) => [.. Enumerable.Range(0, logits.Length).OrderByDescending(token => logits[token]).ThenBy(token => token)];

    public static HashSet<int> TopK(double[] logits, int k) => [.. Order(logits).Take(k)];

    public static HashSet<int> TopP(double[] logits, double p)
    {
        double[] probabilities = Softmax(logits);
        HashSet<int> kept = [];
        double sum = 0;
        foreach (int token in Order(logits))
        {
            kept.Add(token);
            sum += probabilities[token];
            if (sum >= p)
            {
                break;
            }
        }

        return kept;
    }

    public static HashSet<int> MinP(double[] logits, double p)
    {
        double[] probabilities = Softmax(logits);
        double bound = probabilities.Max() * p;
        return [.. Enumerable.Range(0, logits.Length).Where(token => probabilities[token] >= bound)];
    }

    public static HashSet<int> Typical(double[] logits, double p)
    {
        double[] probabilities = Softmax(logits);
        double entropy = probabilities.Sum(x => x > 0 ? -x * Math.Log(x) : 0);
        HashSet<int> kept = [];
        double sum = 0;
        foreach (int token in Enumerable.Range(0, logits.Length).OrderBy(token => Math.Abs(-Math.Log(probabilities[token]) - entropy)))
        {
            kept.Add(token);
            sum += probabilities[token];
            if (sum > p)
            {
                break;
            }
        }

        return kept;
    }

    public static HashSet<int> Xtc(double[] logits, double threshold)
    {
        double[] probabilities = Softmax(logits);
        int[] top = [.. Order(logits).Where(token => probabilities[token] >= threshold)];
        HashSet<int> kept = [.. Enumerable.Range(0, logits.Length)];
        kept.ExceptWith(top.SkipLast(1));
        return kept;
    }

    /// <summary>For each token the DRY penalty, by comparing the end of the context with every earlier place.</summary>
    public static Dictionary<int, double> Dry(int[] tokens, double multiplier, double @base, int allowed, int[] breakers)
    {
        int limit = tokens.Reverse().TakeWhile(token => !breakers.Contains(token)).Count();
        Dictionary<int, int> longest = [];
        for (int end = 1; end < tokens.Length; end++)
        {
            int length = 0;
            while (length < end && length < limit && tokens[end - 1 - length] == tokens[tokens.Length - 1 - length])
            {
                length++;
            }

            int next = tokens[end];
            if (length >= allowed && !breakers.Contains(next))
            {
                longest[next] = Math.Max(longest.GetValueOrDefault(next), length);
            }
        }

        return longest.ToDictionary(pair => pair.Key, pair => multiplier * Math.Pow(@base, pair.Value - allowed));
    }
}
