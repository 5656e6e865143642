using System.Globalization;
using Millrace.Planning.Hardware;

namespace Millrace.Planning.Costs;

/// <summary>What measurements say of devices and engines: coefficients of step times with their cross-validated errors, and the measurements themselves, which correct predictions of rows like theirs. Made by <c>millrace calibrate</c>; immutable.</summary>
public sealed class Calibration
{
    /// <summary>Measurements of a device and engine from which they count as calibrated.</summary>
    public const int LeastPoints = 5;

    static readonly Lazy<Calibration> BuiltInCalibration = new(static () => CalibrationFile.BuiltIn());

    readonly Lazy<Predictor> _predictor;

    internal Calibration(CoefficientSets sets, IReadOnlyDictionary<string, ErrorBand> errors, IReadOnlyDictionary<QuantityKind, double> spreads, IReadOnlySet<string> apart, IReadOnlyList<PointRow>? rows)
    {
        (Sets, Errors, Spreads, Apart, Rows) = (sets, errors, spreads, apart, rows);
        _predictor = new(() => new Predictor(Observe(rows ?? MeasurementTable.BuiltIn), sets, apart) { Spreads = spreads });
    }

    /// <summary>The calibration that comes with the library.</summary>
    public static Calibration BuiltIn => BuiltInCalibration.Value;

    /// <summary>The coefficients.</summary>
    internal CoefficientSets Sets { get; }

    /// <summary>Errors of step times by device and engine.</summary>
    internal IReadOnlyDictionary<string, ErrorBand> Errors { get; }

    /// <summary>How much wider than deviations say ranges of rows are.</summary>
    internal IReadOnlyDictionary<QuantityKind, double> Spreads { get; }

    /// <summary>Sets of measurements that contradict all others.</summary>
    internal IReadOnlySet<string> Apart { get; }

    /// <summary>The measurements, null for those that come with the library.</summary>
    internal IReadOnlyList<PointRow>? Rows { get; }

    /// <summary>Predicts rows; its measurements are simulated when it is first asked for.</summary>
    internal Predictor Predictor => _predictor.Value;

    /// <summary>Reads a calibration that <c>millrace calibrate</c> stored.</summary>
    /// <exception cref="PlanningException">The file is not what the format demands.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static Calibration Load(string path) => CalibrationFile.Parse(path, File.ReadAllBytes(path));

    /// <summary>Fits all coefficients to measurements and judges them on measurements that were held out.</summary>
    /// <param name="path">A file of rows with values; null for the measurements that come with the library.</param>
    /// <exception cref="PlanningException">The file is no array of rows, or has no row that can be used.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static Calibration Fit(string? path)
    {
        IReadOnlyList<PointRow>? rows = path is null ? null : [.. PointFile.Read(path, true).OfType<PointRow>()];
        IReadOnlyList<Observation> measured = Observe(rows ?? MeasurementTable.BuiltIn);
        if (measured.Count == 0)
        {
            throw new PlanningException(path ?? "measurements", "", "rows with values that can be predicted", "none");
        }

        CoefficientSets sets = CoefficientSets.Fit(measured);
        CrossValidation validation = CrossValidation.Of(measured, sets);
        return new Calibration(sets, validation.Bands(), CrossValidation.Spreads([.. Enum.GetValues<HoldOut>().SelectMany(validation.Run)]), validation.Apart, rows);
    }

    /// <summary>Stores it.</summary>
    public void Save(Stream stream) => CalibrationFile.Write(this, stream);

    /// <summary>Prices a deployment on chips that read weights from memory.</summary>
    /// <exception cref="PlanningException">The data sheet lacks what is needed, or the division is impossible.</exception>
    public ICostModel CostOf(Deployment deployment)
    {
        string engine = deployment.Engine.Length > 0 ? EngineName.Of(deployment.Engine) is { Length: > 0 } known ? known : deployment.Engine : UsualEngine(deployment.Device);
        string pair = $"{deployment.Device.Id} {engine}".TrimEnd();
        CoefficientSet set = Sets.Nearest(deployment.Device, engine);
        ErrorBand error = Errors.TryGetValue(pair, out ErrorBand? band) && band.IsCalibrated
            ? band
            : new ErrorBand($"uncalibrated: {(band?.Points ?? 0).ToString(CultureInfo.InvariantCulture)} points of {pair}", band?.Points ?? 0, 0.5, 0.5, 1.5);
        Terms coefficients = default;
        coefficients.Add(set.Coefficients, error.Bias);
        return new RooflineCost(deployment, coefficients, PowerModel.Usual, error with { Low = error.Low / error.Bias, High = error.High / error.Bias });
    }

    /// <summary>Devices with engines, with how far predictions of their step times are off.</summary>
    public IEnumerable<KeyValuePair<string, ErrorBand>> Pairs => Errors;

    /// <summary>Rows with values, simulated; those that cannot be predicted are left out.</summary>
    internal static IReadOnlyList<Observation> Observe(IReadOnlyList<PointRow> rows) =>
        [.. Observation.Of(rows, new ScenarioReader(DeviceCatalogue.BuiltIn)).Select(static row => row.Observation).OfType<Observation>().Where(static observation => double.IsFinite(observation.Measured))];

    // The engine that most measurements of the device are of. MLPerf's are of throughput with all the time in the world, and say nothing of how long a small batch takes: they count where somebody names them.
    string UsualEngine(DeviceSpec device) => Errors
        .Where(pair => pair.Key.StartsWith($"{device.Id} ", StringComparison.Ordinal) && !pair.Key.EndsWith(" mlperf", StringComparison.Ordinal))
        .OrderByDescending(static pair => pair.Value.IsCalibrated)
        .ThenByDescending(static pair => pair.Value.Points)
        .ThenBy(static pair => pair.Key, StringComparer.Ordinal)
        .Select(pair => pair.Key[(device.Id.Length + 1)..])
        .FirstOrDefault("");
}
