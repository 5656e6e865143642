namespace Millrace.Planning.Simulation;

/// <summary>Counts positive values in bins whose width is 1/128 of their place, so that percentiles of any number of values are known within 0.8 % at a fixed size.</summary>
public sealed class Histogram
{
    const int Fraction = 7;                  // bits of a double's mantissa that choose a bin
    const int Shift = 52 - Fraction;
    const long Least = 1023 - 40L << Fraction; // 2^-40
    const int Bins = 80 << Fraction;         // up to 2^40

    readonly long[] _counts = new long[Bins];
    double _sum;

    /// <summary>How many values.</summary>
    public long Count { get; private set; }

    /// <summary>Their mean; 0 for none.</summary>
    public double Mean => Count == 0 ? 0 : _sum / Count;

    /// <summary>The largest; 0 for none.</summary>
    public double Max { get; private set; }

    /// <summary>Adds a value so many times.</summary>
    public void Add(double value, long times = 1)
    {
        _counts[Bin(value)] += times;
        _sum += value * times;
        Count += times;
        Max = Math.Max(Max, value);
    }

    /// <summary>Adds another's values.</summary>
    public void Add(Histogram other)
    {
        for (int i = 0; i < Bins; i++)
        {
            _counts[i] += other._counts[i];
        }

        _sum += other._sum;
        Count += other.Count;
        Max = Math.Max(Max, other.Max);
    }

    /// <summary>The value that so many percent lie below, linear within a bin; 0 for no values.</summary>
    public double Percentile(double percent)
    {
        double rank = percent / 100 * Count;
        for (int bin = 0; bin < Bins && Count > 0; bin++)
        {
            if (rank <= _counts[bin] && _counts[bin] > 0)
            {
                double low = Edge(bin);
                return Math.Min(Max, low + (Edge(bin + 1) - low) * rank / _counts[bin]);
            }

            rank -= _counts[bin];
        }

        return Max;
    }

    static int Bin(double value) => (int)Math.Clamp((BitConverter.DoubleToInt64Bits(value) >> Shift) - Least, 0, Bins - 1);

    static double Edge(int bin) => BitConverter.Int64BitsToDouble(bin + Least << Shift);
}
