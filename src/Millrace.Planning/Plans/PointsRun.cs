using System.Text;
using System.Text.Json;
using Millrace.Planning.Costs;
using Millrace.Planning.Hardware;

namespace Millrace.Planning.Plans;

/// <summary>Prices the rows of a table of measurements: for each, a line of JSON with what is predicted in the row's own metric.</summary>
public static class PointsRun
{
    const int Digits = 6;

    /// <summary>Prices a file's rows, in their order. A row's own value is not looked at.</summary>
    /// <param name="path">A JSON array of objects with <c>model</c>, <c>params</c>, <c>precision</c>, <c>device</c>, <c>count</c>, <c>parallelism</c>, <c>framework</c>, <c>batch_or_concurrency</c>, <c>input_len</c>, <c>output_len</c> and <c>metric</c>; each may be missing, null, a number or a text.</param>
    /// <param name="calibration">What measurements say.</param>
    /// <param name="devices">The devices that rows may name.</param>
    /// <param name="output">Gets a line for each row: <c>predicted</c>, <c>low</c> and <c>high</c> (a range for 90 %), <c>calibration</c>; or <c>reason</c>, why there is none.</param>
    /// <exception cref="PlanningException">The file is no JSON array.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static void Run(string path, Calibration calibration, DeviceCatalogue devices, TextWriter output)
    {
        foreach ((Observation? observation, string? reason) in Observation.Of(PointFile.Read(path, false), new ScenarioReader(devices)))
        {
            output.WriteLine(Line(observation is null ? null : calibration.Predictor.Predict(observation), reason));
        }
    }

    static string Line(PointPrediction? prediction, string? reason)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream))
        {
            json.WriteStartObject();
            if (prediction is { } found && double.IsFinite(found.Predicted) && double.IsFinite(found.Low) && double.IsFinite(found.High))
            {
                json.WriteNumber("predicted", Rounded(found.Predicted));
                json.WriteNumber("low", Rounded(found.Low));
                json.WriteNumber("high", Rounded(found.High));
                json.WriteString("calibration", found.Calibration);
            }
            else
            {
                json.WriteString("reason", reason ?? "no finite prediction");
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    static double Rounded(double value) =>
        value == 0 ? 0 : double.Parse(value.ToString($"G{Digits}", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture);
}
