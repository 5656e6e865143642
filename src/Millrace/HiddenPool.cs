namespace Millrace;

/// <summary>Pools hidden states as they come, position by position, so that the result does not depend on how the prompt was cut.</summary>
sealed class HiddenPool(Pooling pooling, int width, int tokens)
{
    readonly double[] _sum = new double[width];

    /// <summary>The first position whose state is wanted.</summary>
    public int From => pooling == Pooling.Last ? tokens - 1 : 0;

    /// <summary>Takes the state of a position; each once, in order.</summary>
    public void Add(int position, ReadOnlySpan<float> state)
    {
        bool counts = pooling != Pooling.First || position == 0;
        for (int i = 0; counts && i < _sum.Length; i++)
        {
            _sum[i] += state[i];
        }
    }

    /// <summary>The vector, of length 1: any scale, that of a mean say, cancels out. All zeros stay zeros.</summary>
    /// <exception cref="ArithmeticException">The states are not finite numbers.</exception>
    public float[] ToVector()
    {
        double squares = 0;
        foreach (double x in _sum)
        {
            squares += x * x;
        }

        if (!double.IsFinite(squares))
        {
            throw new ArithmeticException("the hidden states are not finite numbers");
        }

        double scale = squares > 0 ? 1 / Math.Sqrt(squares) : 0;
        float[] vector = new float[_sum.Length];
        for (int i = 0; i < vector.Length; i++)
        {
            vector[i] = (float)(_sum[i] * scale);
        }

        return vector;
    }
}
