using System.Globalization;

namespace Millrace.Planning.Costs;

/// <summary>A predicted number in the unit of its metric.</summary>
/// <param name="Predicted">The number.</param>
/// <param name="Low">Below it, one measurement in twenty is expected.</param>
/// <param name="High">Above it, one in twenty.</param>
/// <param name="Calibration">What it rests on.</param>
readonly record struct PointPrediction(double Predicted, double Low, double High, string Calibration);

/// <summary>Predicts rows from measurements: coefficients give the base, measurements nearby correct it and say how far it may be off.</summary>
sealed class Predictor
{
    /// <summary>A normal variable is within so many deviations 9 times of 10.</summary>
    public const double NineTenths = 1.645;

    const double Uncalibrated = 0.5;

    readonly IReadOnlyList<Observation> _measured;
    readonly IReadOnlySet<string> _apart;
    readonly Lazy<Kriging>[] _corrections;
    readonly Dictionary<QuantityKind, Observation[]> _rows;
    readonly Dictionary<Observation, int> _indices;
    readonly Dictionary<string, int> _pairs, _sets;

    /// <summary>Learns from measurements; what a quantity needs is learned when it is first asked for.</summary>
    /// <param name="measured">Observations; those without a value are left out.</param>
    /// <param name="coefficients">Coefficients fitted to them.</param>
    /// <param name="apart">Sets that contradict what all others say of them: they correct nothing but themselves.</param>
    public Predictor(IEnumerable<Observation> measured, CoefficientSets coefficients, IReadOnlySet<string> apart)
    {
        _apart = apart;
        _measured = [.. measured.Where(static observation => double.IsFinite(observation.Measured))];
        Coefficients = coefficients;
        _rows = Enum.GetValues<QuantityKind>().ToDictionary(static kind => kind, kind => _measured.Where(observation => observation.Quantity.Kind == kind).ToArray());
        _indices = _rows.Values.SelectMany(static rows => rows.Select(static (row, i) => (row, i))).ToDictionary(static pair => pair.row, static pair => pair.i);
        _corrections = [.. Enum.GetValues<QuantityKind>().Select(kind => new Lazy<Kriging>(() => Learn(kind)))];
        _pairs = Count(PairOf);
        _sets = Count(static observation => observation.Set);
    }

    /// <summary>The coefficients of the base.</summary>
    public CoefficientSets Coefficients { get; }

    /// <summary>How much wider than deviations say ranges are, for each quantity, so that nine of ten measurements that were held out lie within.</summary>
    public IReadOnlyDictionary<QuantityKind, double> Spreads { get; init; } = new Dictionary<QuantityKind, double>();

    /// <summary>The base of a prediction, its corrected logarithm's offset and the offset's deviation.</summary>
    public (double Base, double Offset, double Deviation) Estimate(Observation observation)
    {
        (double offset, double deviation) = _corrections[(int)observation.Quantity.Kind].Value.At(observation.Site(_apart.Contains(observation.Set)));
        return (observation.Base(Coefficients.BaseOf(observation)), offset, deviation);
    }

    /// <summary>Predicts a row in its metric's unit.</summary>
    public PointPrediction Predict(Observation observation)
    {
        (double number, double offset, double deviation) = Estimate(observation);
        double middle = number * Math.Exp(offset);
        double reach = Math.Exp(NineTenths * deviation * Spreads.GetValueOrDefault(observation.Quantity.Kind, 1));
        int points = _pairs.GetValueOrDefault(PairOf(observation));
        double predicted = observation.Quantity.ToMetric(middle);
        (double low, double high) = (observation.Quantity.ToMetric(middle / reach), observation.Quantity.ToMetric(middle * reach));
        (low, high) = low <= high ? (low, high) : (high, low);
        if (points >= Calibration.LeastPoints)
        {
            return new PointPrediction(predicted, low, high, Basis(observation, points));
        }

        string pair = PairOf(observation);
        return new PointPrediction(predicted, Math.Min(low, predicted * (1 - Uncalibrated)), Math.Max(high, predicted * (1 + Uncalibrated)), $"uncalibrated: {Points(points)} of {pair}");
    }

    /// <summary>Learns all quantities at once, so that it may be shared between threads.</summary>
    public void LearnAll()
    {
        foreach (Lazy<Kriging> correction in _corrections)
        {
            correction.Value.Prepare();
        }
    }

    /// <summary>What others say of measurements of a set that stands apart: nothing of it was learned for sites like any others.</summary>
    public IReadOnlyList<HeldOutError> Strangers(IEnumerable<Observation> members, CoefficientSets coefficients) =>
    [
        .. members.Select(member =>
        {
            (double mean, double deviation) = _corrections[(int)member.Quantity.Kind].Value.At(member.Site(false));
            return new HeldOutError(member, Math.Log(member.Base(coefficients.BaseOf(member)) / member.Measured) + mean, deviation);
        }),
    ];

    /// <summary>Predicts groups of measurements, each from the others.</summary>
    /// <param name="groups">Measurements that this has learned, and shall do without, a group at a time.</param>
    /// <param name="coefficients">Bases that know none of them.</param>
    public IReadOnlyList<HeldOutError> LeaveOut(IEnumerable<Observation[]> groups, CoefficientSets coefficients)
    {
        List<HeldOutError> errors = [];
        foreach (IGrouping<QuantityKind, Observation[]> kind in groups.SelectMany(static group => group.GroupBy(static member => member.Quantity.Kind)).GroupBy(static part => part.Key, static part => part.ToArray()))
        {
            Observation[] rows = _rows[kind.Key];
            Kriging corrections = _corrections[(int)kind.Key].Value;
            double[] residuals = Residuals(rows, coefficients), weights = corrections.Weigh(residuals);
            foreach (Observation[] group in kind)
            {
                int[] indices = [.. group.Select(member => _indices[member])];
                (double Mean, double Deviation)[] expected = corrections.LeaveOut(indices, residuals, weights);
                errors.AddRange(indices.Select((index, i) => new HeldOutError(rows[index], expected[i].Mean - residuals[index], expected[i].Deviation)));
            }
        }

        return errors;
    }

    /// <summary>Device and engine.</summary>
    public static string PairOf(Observation observation) => $"{observation.Scenario.Deployment.Device.Id} {observation.Scenario.Engine}".TrimEnd();

    string Basis(Observation observation, int points)
    {
        int own = _sets.GetValueOrDefault(observation.Set);
        return $"{PairOf(observation)}, {Points(points)}, {(own > 0 ? $"{own.ToString(CultureInfo.InvariantCulture)} of this model and precision" : "none of this model and precision")}";
    }

    Kriging Learn(QuantityKind kind)
    {
        Observation[] rows = _rows[kind];
        return new Kriging(Similarity.For(kind), [.. rows.Select(row => row.Site(_apart.Contains(row.Set)))], Residuals(rows, Coefficients));
    }

    static double[] Residuals(Observation[] rows, CoefficientSets coefficients) =>
        [.. rows.Select(row => Math.Log(row.Measured / row.Base(coefficients.BaseOf(row))))];

    Dictionary<string, int> Count(Func<Observation, string> name) => _measured.GroupBy(name).ToDictionary(static group => group.Key, static group => group.Count());

    static string Points(int count) => string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? "point" : "points")}");
}
