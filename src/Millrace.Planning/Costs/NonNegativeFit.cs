namespace Millrace.Planning.Costs;

/// <summary>Coefficients that are not negative, nearest to measured times by relative error and, where measurements do not decide, to what is typical.</summary>
static class NonNegativeFit
{
    const int Reweightings = 6, Sweeps = 80;
    const double LeastScale = 0.1;

    /// <summary>Fits by coordinate descent on the normal equations, reweighted so that relative errors count as their logarithms do and outliers no more than linearly (Huber 1964).</summary>
    /// <param name="rows">Terms of each measurement.</param>
    /// <param name="times">Its seconds.</param>
    /// <param name="weights">How much it counts.</param>
    /// <param name="widths">Relative error from which it counts as an outlier.</param>
    /// <param name="typical">What coefficients are near to where nothing says otherwise.</param>
    /// <param name="pull">How strongly: so many measurements that err by as much as a coefficient differs.</param>
    public static Terms Fit(ReadOnlySpan<Terms> rows, ReadOnlySpan<double> times, ReadOnlySpan<double> weights, ReadOnlySpan<double> widths, in Terms typical, double pull)
    {
        Terms coefficients = typical;
        double[] gram = new double[Terms.Count * Terms.Count];
        double[] right = new double[Terms.Count];
        for (int pass = 0; pass < Reweightings; pass++)
        {
            Array.Clear(gram);
            Array.Clear(right);
            for (int j = 0; j < Terms.Count; j++)
            {
                double scale = Math.Max(typical[j], LeastScale);
                gram[j * Terms.Count + j] = pull / (scale * scale) + 1e-12;
                right[j] = pull / (scale * scale) * typical[j];
            }

            for (int i = 0; i < rows.Length; i++)
            {
                AddRow(rows[i], times[i], weights[i], widths[i], coefficients, gram, right);
            }

            Descend(gram, right, ref coefficients);
        }

        return coefficients;
    }

    static void AddRow(in Terms row, double time, double weight, double width, in Terms coefficients, double[] gram, double[] right)
    {
        double ratio = Math.Max(row.Times(coefficients) / time, 1e-3);
        double counts = weight / Math.Max(1, Math.Abs(Math.Log(ratio)) / width) / Math.Max(ratio, 0.3);
        for (int j = 0; j < Terms.Count; j++)
        {
            double left = counts * row[j] / time;
            right[j] += left;
            for (int k = 0; k < Terms.Count; k++)
            {
                gram[j * Terms.Count + k] += left * row[k] / time;
            }
        }
    }

    static void Descend(double[] gram, double[] right, ref Terms coefficients)
    {
        for (int sweep = 0; sweep < Sweeps; sweep++)
        {
            double most = 0;
            for (int j = 0; j < Terms.Count; j++)
            {
                double slope = right[j];
                for (int k = 0; k < Terms.Count; k++)
                {
                    slope -= gram[j * Terms.Count + k] * coefficients[k];
                }

                double value = Math.Max(0, coefficients[j] + slope / gram[j * Terms.Count + j]);
                most = Math.Max(most, Math.Abs(value - coefficients[j]));
                coefficients[j] = value;
            }

            if (most < 1e-7)
            {
                return;
            }
        }
    }
}
