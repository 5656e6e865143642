namespace Millrace.Planning.Costs;

/// <summary>Corrects predictions by what was measured nearby: the mean of a Gaussian process over the logarithm of measured by predicted (Krige 1951; Rasmussen, Williams 2006). A site's own neighbourhood counts most, then what it shares with others: device, engine, model.</summary>
sealed class Kriging
{
    const double Outlier = 2; // deviations from which a measurement is trusted less

    readonly Similarity _similarity;
    readonly Site[] _sites;
    readonly double[] _weights;
    readonly Cholesky _factor;
    readonly double[] _noise;
    double[][]? _inverse;

    /// <summary>Learns from measurements.</summary>
    /// <param name="similarity">How alike sites are.</param>
    /// <param name="sites">Where they lie.</param>
    /// <param name="residuals">The logarithm of measured by predicted at each.</param>
    public Kriging(Similarity similarity, Site[] sites, double[] residuals)
    {
        (_similarity, _sites) = (similarity, sites);
        double[][] covariances = Covariances(similarity, sites);
        _noise = new double[sites.Length];
        Array.Fill(_noise, similarity.Noise * similarity.Noise);
        (_factor, _weights) = Solve(covariances, _noise, residuals);
        Distrust();
        (_factor, _weights) = Solve(covariances, _noise, residuals);
    }

    /// <summary>The expected logarithm of measured by predicted, and how far it may be off (one standard deviation).</summary>
    public (double Mean, double Deviation) At(Site site)
    {
        double[] covariances = [.. _sites.Select(other => _similarity.Of(site, other))];
        double mean = Cholesky.Dot(covariances, _weights);
        _factor.Forward(covariances);
        return (mean, Deviation(_similarity.Of(site, site) - Cholesky.Dot(covariances, covariances) + _similarity.Noise * _similarity.Noise));
    }

    /// <summary>Weights of all measurements for other residuals: what <see cref="LeaveOut"/> begins with.</summary>
    public double[] Weigh(double[] residuals)
    {
        double[] weights = (double[])residuals.Clone();
        _factor.Forward(weights);
        _factor.Backward(weights);
        return weights;
    }

    /// <summary>What the other measurements say of some: as if these had not been there, though how far each other is trusted was decided with them (Rasmussen, Williams, 5.4.2, for several at once).</summary>
    /// <param name="members">The measurements that are left out.</param>
    /// <param name="residuals">The logarithm of measured by predicted of all, for predictions that do not know these.</param>
    /// <param name="weights">What <see cref="Weigh"/> makes of them.</param>
    /// <returns>Expected logarithms and their deviations.</returns>
    public (double Mean, double Deviation)[] LeaveOut(ReadOnlySpan<int> members, double[] residuals, double[] weights)
    {
        Prepare();
        double[][] inverse = _inverse!;
        double[][] block = new double[members.Length][];
        for (int i = 0; i < members.Length; i++)
        {
            block[i] = new double[i + 1];
            for (int j = 0; j <= i; j++)
            {
                block[i][j] = Inverse(inverse, members[i], members[j]);
            }
        }

        // The part of the inverse that belongs to them is the inverse of their covariance given the others.
        Cholesky part = new(block);
        double[] unexpected = new double[members.Length];
        for (int i = 0; i < members.Length; i++)
        {
            unexpected[i] = weights[members[i]];
        }

        part.Forward(unexpected);
        part.Backward(unexpected);
        double[][] columns = part.InverseColumns();
        (double, double)[] result = new (double, double)[members.Length];
        for (int i = 0; i < members.Length; i++)
        {
            double own = _noise[members[i]] - _similarity.Noise * _similarity.Noise;
            result[i] = (residuals[members[i]] - unexpected[i], Deviation(Cholesky.Dot(columns[i], columns[i]) - own));
        }

        return result;
    }

    /// <summary>Does what <see cref="LeaveOut"/> needs once.</summary>
    public void Prepare() => _inverse ??= _factor.InverseColumns();

    static (Cholesky Factor, double[] Weights) Solve(double[][] covariances, double[] noise, double[] residuals)
    {
        double[][] matrix = [.. covariances.Select(static row => (double[])row.Clone())];
        for (int i = 0; i < matrix.Length; i++)
        {
            matrix[i][i] += noise[i];
        }

        Cholesky factor = new(matrix);
        double[] weights = (double[])residuals.Clone();
        factor.Forward(weights);
        factor.Backward(weights);
        return (factor, weights);
    }

    // What the others say of a measurement, leaving it out, follows from the inverse alone.
    void Distrust()
    {
        double[][] inverse = _factor.InverseColumns();
        for (int i = 0; i < _noise.Length; i++)
        {
            double deviations = Math.Abs(_weights[i]) / Math.Sqrt(Cholesky.Dot(inverse[i], inverse[i])) / Outlier;
            _noise[i] *= Math.Max(1, deviations * deviations);
        }
    }

    static double Inverse(double[][] columns, int i, int j)
    {
        (int high, int low) = i > j ? (i, j) : (j, i);
        return Cholesky.Dot(columns[high], columns[low].AsSpan(high - low));
    }

    static double Deviation(double variance) => Math.Sqrt(Math.Max(variance, 1e-6));

    static double[][] Covariances(Similarity similarity, Site[] sites)
    {
        double[][] rows = new double[sites.Length][];
        for (int i = 0; i < sites.Length; i++)
        {
            double[] row = rows[i] = new double[i + 1];
            for (int j = 0; j <= i; j++)
            {
                row[j] = similarity.Of(sites[i], sites[j]);
            }
        }

        return rows;
    }
}
