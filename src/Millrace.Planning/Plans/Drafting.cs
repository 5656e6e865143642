namespace Millrace.Planning.Plans;

/// <summary>What a draft makes of a batch.</summary>
public sealed class Drafting
{
    readonly Func<double, SteadyState> _accepting;
    readonly int _batch;

    internal Drafting(Func<double, SteadyState> accepting, SteadyState without, int batch)
    {
        (_accepting, _batch) = (accepting, batch);
        Without = without.At(batch).Tpot;
    }

    /// <summary>Seconds from token to token without the draft.</summary>
    public double Without { get; }

    /// <summary>The acceptance from which on the draft pays; null where none does.</summary>
    public double? LeastAcceptance
    {
        get
        {
            (double low, double high) = (0, 1);
            if (Tpot(high) > Without)
            {
                return null;
            }

            while (high - low > 1e-3)
            {
                double middle = (low + high) / 2;
                (low, high) = Tpot(middle) > Without ? (middle, high) : (low, middle);
            }

            return high;
        }
    }

    /// <summary>Seconds from token to token with another acceptance.</summary>
    public double Tpot(double acceptance) => _accepting(acceptance).At(_batch).Tpot;
}
