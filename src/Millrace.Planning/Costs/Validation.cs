namespace Millrace.Planning.Costs;

/// <summary>Errors of predictions of measurements that were held out.</summary>
/// <param name="Quantity">TPOT, TTFT, throughput …</param>
/// <param name="HeldOut">What was held out together: row, model or count.</param>
/// <param name="Group">The device, engine and model; or what the errors of several were put together by.</param>
/// <param name="Calibrated">Whether the device and engine have measurements enough.</param>
/// <param name="Rows">Measurements.</param>
/// <param name="Median">Median of relative errors without sign.</param>
/// <param name="Mean">Their mean.</param>
/// <param name="Ninetieth">Their 90th percentile.</param>
/// <param name="Bias">Mean with sign: above 0 where predictions are too large.</param>
/// <param name="Covered">The part that lies within the 90 % range.</param>
public sealed record ErrorRow(string Quantity, string HeldOut, string Group, bool Calibrated, int Rows, double Median, double Mean, double Ninetieth, double Bias, double Covered);

/// <summary>Judges predictions on measurements that they do not know.</summary>
public static class Validation
{
    /// <summary>All errors: of all measurements together, of those of calibrated pairs, and of each device, engine and model.</summary>
    /// <param name="path">A file of rows with values; null for the measurements that come with the library.</param>
    /// <exception cref="PlanningException">The file is no array of rows.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyList<ErrorRow> Run(string? path = null) => Run(Calibration.Observe(path is null ? MeasurementTable.BuiltIn : [.. PointFile.Read(path, true).OfType<PointRow>()]));

    /// <summary>Sequences at once that memory lets NVIDIA's NIM serve of Llama 3.3 70B in 8 bits on two H100s, prompts of 5000 and answers of 500 tokens. Its throughput stops growing at 920 tokens a second with 93 ms for each, which is 86.</summary>
    public static (double Predicted, double Measured) Capacity()
    {
        Scenario scenario = new ScenarioReader(Hardware.DeviceCatalogue.BuiltIn).Read(new PointRow
        {
            Model = "Llama-3.3-70B", Precision = "fp8", Device = "H100 80GB", Count = 2, Parallelism = "TP2", Framework = "NVIDIA NIM 1.8.0", Batch = "250", Input = 5000, Output = 500, Metric = "tpot ms",
        });
        return (Math.Floor(ReplicaMemory.Sequences(scenario.Deployment, 5000 + 500 / 2)), 86);
    }

    internal static IReadOnlyList<ErrorRow> Run(IReadOnlyList<Observation> measured)
    {
        Dictionary<string, int> points = measured.GroupBy(Predictor.PairOf).ToDictionary(static pair => pair.Key, static pair => pair.Count());
        CrossValidation validation = CrossValidation.Of(measured, CoefficientSets.Fit(measured));
        List<ErrorRow> rows = [];
        (HoldOut Held, IReadOnlyList<HeldOutError> Errors)[] all = [.. Enum.GetValues<HoldOut>().Select(held => (held, validation.Run(held)))];
        IReadOnlyDictionary<QuantityKind, double> spreads = CrossValidation.Spreads([.. all.SelectMany(static run => run.Errors)]);
        foreach ((HoldOut held, IReadOnlyList<HeldOutError> errors) in all)
        {
            foreach (IGrouping<QuantityKind, HeldOutError> quantity in errors.GroupBy(static error => error.Observation.Quantity.Kind).OrderBy(static group => group.Key))
            {
                ErrorRow Row(string group, bool calibrated, IEnumerable<HeldOutError> of) => Summary(quantity.Key, held, group, calibrated, [.. of], spreads[quantity.Key]);
                bool Known(HeldOutError error) => points[Predictor.PairOf(error.Observation)] >= Calibration.LeastPoints;
                rows.Add(Row("all", false, quantity));
                if (quantity.Any(Known))
                {
                    rows.Add(Row("all calibrated", true, quantity.Where(Known)));
                }

                rows.AddRange(quantity.GroupBy(static error => error.Observation.Set).OrderBy(static set => set.Key, StringComparer.Ordinal).Select(set => Row(set.Key, Known(set.First()), set)));
            }
        }

        return rows;
    }

    static ErrorRow Summary(QuantityKind kind, HoldOut held, string group, bool calibrated, HeldOutError[] errors, double spread)
    {
        // A rate's error is that of its time turned round.
        double[] relative = [.. errors.Select(static error => error.Observation.Quantity.Inverse ? Math.Exp(-error.Log) - 1 : Math.Exp(error.Log) - 1)];
        double[] sizes = [.. relative.Select(Math.Abs).Order()];
        return new ErrorRow(Name(kind), held.ToString().ToLowerInvariant(), group, calibrated, errors.Length, CrossValidation.Quantile(sizes, 0.5), sizes.Average(), CrossValidation.Quantile(sizes, 0.9), relative.Average(), errors.Average(error => Math.Abs(error.Log) <= Predictor.NineTenths * spread * error.Deviation ? 1.0 : 0.0));
    }

    static string Name(QuantityKind kind) => kind switch
    {
        QuantityKind.Token => "TPOT",
        QuantityKind.First => "TTFT",
        QuantityKind.Cycle => "throughput",
        QuantityKind.TokenTail => "TPOT p99",
        QuantityKind.FirstTail => "TTFT p99",
        _ => "power",
    };
}
