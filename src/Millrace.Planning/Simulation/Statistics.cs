namespace Millrace.Planning.Simulation;

/// <summary>Values sorted once, asked often.</summary>
public sealed class Statistics
{
    readonly double[] _sorted;

    /// <summary>Takes values in any order.</summary>
    public Statistics(IEnumerable<double> values)
    {
        _sorted = [.. values];
        Array.Sort(_sorted);
    }

    /// <summary>How many values.</summary>
    public int Count => _sorted.Length;

    /// <summary>Their mean; 0 for none.</summary>
    public double Mean => _sorted.Length == 0 ? 0 : _sorted.Average();

    /// <summary>The largest; 0 for none.</summary>
    public double Max => _sorted.Length == 0 ? 0 : _sorted[^1];

    /// <summary>The population's standard deviation; 0 for none.</summary>
    public double StandardDeviation
    {
        get
        {
            double mean = Mean;
            return _sorted.Length == 0 ? 0 : Math.Sqrt(_sorted.Average(value => (value - mean) * (value - mean)));
        }
    }

    /// <summary>A percentile, linear between neighbours as NumPy's default is; 0 for no values.</summary>
    public double Percentile(double percent)
    {
        if (_sorted.Length == 0)
        {
            return 0;
        }

        double place = percent / 100 * (_sorted.Length - 1);
        int below = (int)place;
        double above = _sorted[Math.Min(below + 1, _sorted.Length - 1)];
        return _sorted[below] + (above - _sorted[below]) * (place - below);
    }
}
