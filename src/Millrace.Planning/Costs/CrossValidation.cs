namespace Millrace.Planning.Costs;

/// <summary>How measurements are held out.</summary>
enum HoldOut
{
    /// <summary>Rows at random; rows of the same configuration together.</summary>
    Row,

    /// <summary>All rows of a model in a precision on a device with an engine.</summary>
    Model,

    /// <summary>All rows of a number of chips in such a set.</summary>
    Count,
}

/// <summary>A measurement that was held out, and what the others predict of it.</summary>
/// <param name="Observation">The measurement.</param>
/// <param name="Log">The logarithm of predicted by measured.</param>
/// <param name="Deviation">What was expected of it.</param>
sealed record HeldOutError(Observation Observation, double Log, double Deviation)
{
    /// <summary>The relative error in base units, 0.05 for 5 % too long.</summary>
    public double Relative => Math.Exp(Log) - 1;
}

/// <summary>Predicts each measurement without it and its like. The base's coefficients are fitted anew for each group that is held out, and corrections come from the others alone.</summary>
static class CrossValidation
{
    /// <summary>Holds out each group once.</summary>
    /// <param name="measured">Measurements.</param>
    /// <param name="held">What is held out together.</param>
    public static IReadOnlyList<HeldOutError> Run(IReadOnlyList<Observation> measured, HoldOut held)
    {
        Predictor whole = new(measured, CoefficientSets.Fit(measured));
        int[][] groups = [.. Enumerable.Range(0, measured.Count).GroupBy(i => NameOf(measured[i], held)).Select(static group => group.ToArray())];
        IReadOnlyList<HeldOutError>[] errors = new IReadOnlyList<HeldOutError>[groups.Length];
        whole.LearnAll();
        Parallel.For(0, groups.Length, i => errors[i] = Errors(whole, measured, groups[i]));
        return [.. errors.SelectMany(static group => group)];
    }

    /// <summary>For each quantity, by how much deviations must be stretched so that nine of ten errors lie within: above 1 where they promise too much.</summary>
    public static IReadOnlyDictionary<QuantityKind, double> Spreads(IReadOnlyList<HeldOutError> errors) =>
        errors.GroupBy(static error => error.Observation.Quantity.Kind).ToDictionary(
            static group => group.Key,
            static group => Math.Clamp(Quantile([.. group.Select(static error => Math.Abs(error.Log) / error.Deviation).Order()], 0.9) / 1.645, 0.8, 3));

    /// <summary>How far step times of devices with engines are off, by coefficients alone: five folds of each pair's configurations, its coefficients fitted to the other four.</summary>
    /// <param name="measured">Measurements.</param>
    /// <param name="sets">Coefficients fitted to all: what a pair's own are drawn to, of its engine.</param>
    public static IReadOnlyDictionary<string, ErrorBand> Bands(IReadOnlyList<Observation> measured, CoefficientSets sets)
    {
        const int FoldCount = 5;
        Dictionary<string, ErrorBand> bands = new(StringComparer.Ordinal);
        foreach (IGrouping<string, Observation> pair in measured.GroupBy(Predictor.PairOf))
        {
            Observation[] rows = [.. pair.Where(static observation => observation.Quantity.Kind is QuantityKind.Token or QuantityKind.Cycle)];
            string[] names = [.. rows.Select(static row => NameOf(row, HoldOut.Row)).Distinct().Order(StringComparer.Ordinal)];
            List<double> ratios = [];
            for (int fold = 0; fold < Math.Min(FoldCount, names.Length); fold++)
            {
                HashSet<string> left = [.. names.Where((_, i) => i % FoldCount == fold)];
                HashSet<Observation> held = [.. pair.Where(row => left.Contains(NameOf(row, HoldOut.Row)))];
                CoefficientSets others = CoefficientSets.FitBases([.. measured.Where(row => !held.Contains(row))], sets, held);
                Terms coefficients = others.FitPair([.. pair.Where(row => !held.Contains(row))], rows[0]);
                ratios.AddRange(rows.Where(held.Contains).Select(row => row.Measured / row.Base(coefficients)));
            }

            ratios.Sort();
            double[] errors = [.. ratios.Select(static ratio => Math.Abs(1 / ratio - 1)).Order()];
            bands[pair.Key] = new ErrorBand(
                $"{pair.Key}, {pair.Count()} points, held out by configuration",
                pair.Count(),
                errors.Length > 0 ? Quantile(errors, 0.5) : 0.5,
                ratios.Count >= Predictor.LeastPoints ? Quantile(ratios, 0.05) : 0.5,
                ratios.Count >= Predictor.LeastPoints ? Quantile(ratios, 0.95) : 1.5);
        }

        return bands;
    }

    /// <summary>The number below which so large a part of sorted ones lies.</summary>
    public static double Quantile(IReadOnlyList<double> sorted, double part)
    {
        double place = part * (sorted.Count - 1);
        int below = (int)place;
        return sorted[below] + (place - below) * (sorted[Math.Min(below + 1, sorted.Count - 1)] - sorted[below]);
    }

    static IReadOnlyList<HeldOutError> Errors(Predictor whole, IReadOnlyList<Observation> measured, int[] group)
    {
        HashSet<Observation> members = [.. group.Select(i => measured[i])];
        CoefficientSets others = CoefficientSets.FitBases([.. measured.Where(observation => !members.Contains(observation))], whole.Coefficients, members);
        return whole.LeaveOut(members, others);
    }

    static string NameOf(Observation observation, HoldOut held) => held switch
    {
        HoldOut.Row => $"{observation.Set} {observation.Scenario.Version} {observation.Scenario.Deployment.Parallel} {observation.Scenario.Replicas} {observation.Scenario.Load}",
        HoldOut.Model => observation.Set,
        _ => $"{observation.Set} {observation.Scenario.Deployment.Parallel}",
    };
}
