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
sealed record HeldOutError(Observation Observation, double Log, double Deviation);

/// <summary>Predicts each measurement without it and its like. The base's coefficients are fitted anew for each group that is held out, and corrections come from the others alone.</summary>
/// <param name="measured">Measurements.</param>
/// <param name="sets">Coefficients fitted to all of them.</param>
/// <param name="apart">Sets that stand apart from all others.</param>
sealed class CrossValidation(IReadOnlyList<Observation> measured, CoefficientSets sets, IReadOnlySet<string> apart)
{
    const int FoldCount = 20, BandFolds = 5;

    readonly Predictor _whole = new(measured, sets, apart);

    /// <summary>Sets that stand apart.</summary>
    public IReadOnlySet<string> Apart => apart;

    /// <summary>Finds which sets stand apart, and leaves them apart.</summary>
    public static CrossValidation Of(IReadOnlyList<Observation> measured, CoefficientSets sets) =>
        new(measured, sets, Contrary(new CrossValidation(measured, sets, new HashSet<string>()).Run(HoldOut.Model)));

    /// <summary>Holds out each group once. The base of a group's predictions is fitted without it and one in <see cref="FoldCount"/> of the others.</summary>
    /// <param name="held">What is held out together.</param>
    public IReadOnlyList<HeldOutError> Run(HoldOut held)
    {
        Observation[][] groups = [.. measured.GroupBy(row => NameOf(row, held)).OrderBy(static group => group.Key, StringComparer.Ordinal).Select(static group => group.ToArray())];
        int folds = Math.Min(FoldCount, groups.Length);
        IReadOnlyList<HeldOutError>[] errors = new IReadOnlyList<HeldOutError>[folds];
        _whole.LearnAll();
        Parallel.For(0, folds, fold =>
        {
            Observation[][] left = [.. groups.Where((_, i) => i % folds == fold)];
            HashSet<Observation> members = [.. left.SelectMany(static group => group)];
            CoefficientSets others = CoefficientSets.FitBases([.. measured.Where(row => !members.Contains(row))], sets, members);
            bool whole = held == HoldOut.Model;
            errors[fold] =
            [
                .. _whole.LeaveOut(left.Where(group => !whole || !apart.Contains(group[0].Set)), others),
                .. _whole.Strangers(left.Where(group => whole && apart.Contains(group[0].Set)).SelectMany(static group => group), others),
            ];
        });
        return [.. errors.SelectMany(static fold => fold)];
    }

    /// <summary>Sets that contradict all others: nearly all of their measurements lie outside of what is expected of them, and far from it. Their benchmark ran something else than its rows say.</summary>
    /// <param name="errors">Errors by model.</param>
    static HashSet<string> Contrary(IReadOnlyList<HeldOutError> errors)
    {
        const double Outside = 0.7, Far = 0.5;
        const int Fewest = 3;
        return errors.Where(static error => error.Observation.Quantity.Kind == QuantityKind.Token).GroupBy(static error => error.Observation.Set)
            .Where(static set => set.Count() >= Fewest && set.Count(static error => Math.Abs(error.Log) > Predictor.NineTenths * error.Deviation) >= Outside * set.Count() && Quantile([.. set.Select(static error => Math.Abs(error.Log)).Order()], 0.5) > Far)
            .Select(static set => set.Key).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>For each quantity, by how much deviations must be stretched so that nine of ten errors lie within: above 1 where they promise too much.</summary>
    public static IReadOnlyDictionary<QuantityKind, double> Spreads(IReadOnlyList<HeldOutError> errors) =>
        errors.GroupBy(static error => error.Observation.Quantity.Kind).ToDictionary(
            static group => group.Key,
            static group => Math.Clamp(Quantile([.. group.Select(static error => Math.Abs(error.Log) / error.Deviation).Order()], 0.9) / Predictor.NineTenths, 0.8, 3));

    /// <summary>How far step times of devices with engines are off, by coefficients alone: five folds of each pair's configurations, its coefficients fitted to the other four.</summary>
    public IReadOnlyDictionary<string, ErrorBand> Bands()
    {
        Dictionary<string, ErrorBand> bands = new(StringComparer.Ordinal);
        foreach (IGrouping<string, Observation> pair in measured.GroupBy(Predictor.PairOf))
        {
            Observation[] rows = [.. pair.Where(static observation => observation.Quantity.Kind is QuantityKind.Token or QuantityKind.Cycle)];
            string[] names = [.. rows.Select(static row => NameOf(row, HoldOut.Row)).Distinct().Order(StringComparer.Ordinal)];
            List<double> ratios = [];
            for (int fold = 0; fold < Math.Min(BandFolds, names.Length); fold++)
            {
                HashSet<string> left = [.. names.Where((_, i) => i % BandFolds == fold)];
                HashSet<Observation> held = [.. pair.Where(row => left.Contains(NameOf(row, HoldOut.Row)))];
                CoefficientSets others = CoefficientSets.FitBases([.. measured.Where(row => !held.Contains(row))], sets, held);
                Terms coefficients = others.FitPair([.. pair.Where(row => !held.Contains(row))], rows[0]);
                ratios.AddRange(rows.Where(held.Contains).Select(row => row.Measured / row.Base(coefficients)));
            }

            ratios.Sort();
            bool enough = ratios.Count >= Calibration.LeastPoints;
            ErrorBand band = new($"{pair.Key}, {pair.Count()} points, held out by configuration", pair.Count(), 0.5, enough ? Quantile(ratios, 0.05) : 0.5, enough ? Quantile(ratios, 0.95) : 1.5);
            double[] errors = [.. ratios.Select(ratio => Math.Abs(band.Bias / ratio - 1)).Order()];
            bands[pair.Key] = errors.Length > 0 ? band with { Median = Quantile(errors, 0.5) } : band;
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

    static string NameOf(Observation observation, HoldOut held) => held switch
    {
        HoldOut.Row => $"{observation.Set} {observation.Scenario.Version} {observation.Scenario.Deployment.Parallel} {observation.Scenario.Replicas} {observation.Scenario.Load}",
        HoldOut.Model => observation.Set,
        _ => $"{observation.Set} {observation.Scenario.Deployment.Parallel}",
    };
}
