namespace Millrace.Tests.Conformance.Reference;

/// <summary>Each block of a transformer in f64, written from its definition and as plainly as it can be: what our kernels and the peer are held to.</summary>
static class ReferenceMath
{
    /// <summary>x / sqrt(mean(x²) + ε) · w, for each part of the row that is as long as the weight.</summary>
    public static double[] RmsNorm(ReadOnlySpan<double> x, ReadOnlySpan<double> weight, double epsilon)
    {
        double[] y = new double[x.Length];
        for (int first = 0; first < x.Length; first += weight.Length)
        {
            double sum = 0;
            for (int i = 0; i < weight.Length; i++)
            {
                sum += x[first + i] * x[first + i];
            }

            double scale = 1 / Math.Sqrt(sum / weight.Length + epsilon);
            for (int i = 0; i < weight.Length; i++)
            {
                y[first + i] = x[first + i] * scale * weight[i];
            }
        }

        return y;
    }

    public static double Silu(double x) => x / (1 + Math.Exp(-x));

    public static double GeluTanh(double x) => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));

    public static double SwigluOai(double gate, double up)
    {
        gate = Math.Min(gate, 7);
        up = Math.Clamp(up, -7, 7);
        return gate / (1 + Math.Exp(-1.702 * gate)) * (up + 1);
    }

    /// <summary>The softmax of scores, with one more score that stands for nothing where <paramref name="sink"/> is given.</summary>
    public static double[] Softmax(ReadOnlySpan<double> scores, double? sink = null)
    {
        double max = sink ?? double.NegativeInfinity;
        foreach (double score in scores)
        {
            max = Math.Max(max, score);
        }

        double[] weights = new double[scores.Length];
        double sum = sink is { } s ? Math.Exp(s - max) : 0;
        for (int i = 0; i < weights.Length; i++)
        {
            sum += weights[i] = Math.Exp(scores[i] - max);
        }

        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] /= sum;
        }

        return weights;
    }

    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    /// <summary>The output of one query head over the keys it sees.</summary>
    /// <param name="query">[headDim].</param>
    /// <param name="keys">The head's keys, position by position.</param>
    /// <param name="values">Its values.</param>
    /// <param name="scale">Factor on the scores.</param>
    /// <param name="window">The last positions seen, the query's own included; 0 for all.</param>
    /// <param name="sink">The head's sink logit, or null.</param>
    public static double[] Attend(ReadOnlySpan<double> query, IReadOnlyList<double[]> keys, IReadOnlyList<double[]> values, double scale, int window, double? sink)
    {
        int first = window > 0 ? Math.Max(0, keys.Count - window) : 0;
        double[] scores = new double[keys.Count - first];
        for (int i = 0; i < scores.Length; i++)
        {
            scores[i] = scale * Dot(query, keys[first + i]);
        }

        double[] weights = Softmax(scores, sink);
        double[] output = new double[values[0].Length];
        for (int i = 0; i < weights.Length; i++)
        {
            for (int d = 0; d < output.Length; d++)
            {
                output[d] += weights[i] * values[first + i][d];
            }
        }

        return output;
    }

    /// <summary>The experts a token goes to and their weights, best first; the lower number wins a tie.</summary>
    /// <param name="logits">One for each expert.</param>
    /// <param name="used">How many are chosen.</param>
    /// <param name="chosenOnly">Softmax over the chosen alone (gpt-oss); both ways the weights sum to 1.</param>
    public static (int Expert, double Weight)[] Route(ReadOnlySpan<double> logits, int used, bool chosenOnly)
    {
        double[] scores = chosenOnly ? logits.ToArray() : Softmax(logits);
        int[] chosen = [.. Enumerable.Range(0, scores.Length).OrderByDescending(expert => scores[expert]).ThenBy(expert => expert).Take(used)];
        double[] weights = [.. chosen.Select(expert => scores[expert])];
        if (chosenOnly)
        {
            weights = Softmax(weights);
        }

        double sum = weights.Sum();
        return [.. chosen.Select((expert, i) => (expert, weights[i] / sum))];
    }
}
