using Millrace.Graphs;
using Millrace.Kernels;

namespace Millrace.Devices.Cpu;

/// <summary>Which token goes to which experts, and the rows of their inputs sorted by expert. An expert's rows begin at a multiple of <see cref="ActivationBuffer.TokenAlignment"/>.</summary>
sealed class Routing
{
    readonly int[] _tokenOfRow; // [rows], -1 between experts
    readonly int[] _rowOf; // [tokens, used]
    readonly float[] _weights; // [tokens, used]
    readonly int[] _begins; // [experts]
    readonly int[] _counts; // [experts]
    readonly int[] _choice; // [tokens, used]
    readonly int _used;

    public Routing(int experts, int used, int maxTokens)
    {
        _used = used;
        _begins = new int[experts];
        _counts = new int[experts];
        _choice = new int[maxTokens * used];
        _rowOf = new int[maxTokens * used];
        _weights = new float[maxTokens * used];
        Capacity = CapacityOf(experts, used, maxTokens);
        _tokenOfRow = new int[Capacity];
    }

    /// <summary>Rows that there can be.</summary>
    public int Capacity { get; }

    /// <summary>Rows in this step, those between experts included.</summary>
    public int Rows { get; private set; }

    /// <summary>Experts for each token.</summary>
    public int Used => _used;

    /// <summary>How many experts there are.</summary>
    public int Experts => _counts.Length;

    /// <summary>Rows that so many tokens can need.</summary>
    public static int CapacityOf(int experts, int used, int maxTokens) =>
        maxTokens * used + Math.Min(experts, maxTokens * used) * (ActivationBuffer.TokenAlignment - 1);

    /// <summary>Whether a row holds a token's input.</summary>
    public bool IsUsed(int row) => _tokenOfRow[row] >= 0;

    /// <summary>The rows of an expert.</summary>
    public Range RowsOf(int expert) => _begins[expert]..(_begins[expert] + _counts[expert]);

    /// <summary>The row of a token's choice.</summary>
    public int Row(int token, int choice) => _rowOf[token * _used + choice];

    /// <summary>The weight of a token's choice.</summary>
    public float Weight(int token, int choice) => _weights[token * _used + choice];

    /// <summary>The choices of a token in order of preference: the largest logits, the lower expert among equals.</summary>
    /// <param name="token">The token.</param>
    /// <param name="logits">[experts]; overwritten.</param>
    /// <param name="router">How they become weights.</param>
    public void Choose(int token, Span<float> logits, RouterKind router)
    {
        Span<int> choice = _choice.AsSpan(token * _used, _used);
        Span<float> weights = _weights.AsSpan(token * _used, _used);
        if (router == RouterKind.SoftmaxThenTop)
        {
            Softmax(logits);
        }

        for (int k = 0; k < _used; k++)
        {
            int best = 0;
            for (int expert = 1; expert < logits.Length; expert++)
            {
                if (logits[expert] > logits[best])
                {
                    best = expert;
                }
            }

            choice[k] = best;
            weights[k] = logits[best];
            logits[best] = float.NegativeInfinity;
        }

        if (router == RouterKind.TopThenSoftmax)
        {
            Softmax(weights);
            return;
        }

        float sum = 0;
        foreach (float weight in weights)
        {
            sum += weight;
        }

        sum = MathF.Max(sum, 6.103515625e-5f);
        foreach (ref float weight in weights)
        {
            weight /= sum;
        }
    }

    /// <summary>Sorts the choices of all tokens by expert.</summary>
    public void Sort(int tokens)
    {
        Array.Clear(_counts);
        for (int i = 0; i < tokens * _used; i++)
        {
            _counts[_choice[i]]++;
        }

        Rows = 0;
        for (int expert = 0; expert < _counts.Length; expert++)
        {
            _begins[expert] = Rows;
            int aligned = (_counts[expert] + ActivationBuffer.TokenAlignment - 1) / ActivationBuffer.TokenAlignment * ActivationBuffer.TokenAlignment;
            Rows += expert == _counts.Length - 1 ? _counts[expert] : aligned;
            _counts[expert] = 0;
        }

        Rows = Math.Min(Rows, Capacity);
        Array.Fill(_tokenOfRow, -1, 0, Rows);
        for (int i = 0; i < tokens * _used; i++)
        {
            int expert = _choice[i];
            _rowOf[i] = _begins[expert] + _counts[expert]++;
            _tokenOfRow[_rowOf[i]] = i / _used;
        }
    }

    static void Softmax(Span<float> x)
    {
        float max = float.NegativeInfinity;
        foreach (float value in x)
        {
            max = MathF.Max(max, value);
        }

        float sum = 0;
        foreach (ref float value in x)
        {
            value = MathF.Exp(value - max);
            sum += value;
        }

        foreach (ref float value in x)
        {
            value /= sum;
        }
    }
}
