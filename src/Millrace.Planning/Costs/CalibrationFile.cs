using System.Text.Json;

namespace Millrace.Planning.Costs;

/// <summary>Calibrations as JSON: for each set its coefficients by term, for each device with an engine its error, and the measurements if they are not the library's.</summary>
static class CalibrationFile
{
    const int Format = 1;

    /// <summary>The one in the assembly.</summary>
    public static Calibration BuiltIn()
    {
        using Stream stream = typeof(CalibrationFile).Assembly.GetManifestResourceStream("measurements/calibration.json")
            ?? throw new InvalidOperationException("calibration.json is not in the assembly");
        byte[] json = new byte[stream.Length];
        stream.ReadExactly(json);
        return Parse("calibration.json", json);
    }

    /// <summary>Writes a calibration; the same one is always the same bytes.</summary>
    public static void Write(Calibration calibration, Stream stream)
    {
        using Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteNumber("format", Format);
        json.WriteStartObject("spreads");
        foreach ((QuantityKind kind, double spread) in calibration.Spreads.OrderBy(static pair => pair.Key))
        {
            json.WriteNumber(Name(kind), Rounded(spread));
        }

        json.WriteEndObject();
        json.WriteStartObject("sets");
        foreach ((string name, CoefficientSet set) in calibration.Sets.Sets)
        {
            json.WriteStartObject(name);
            json.WriteNumber("points", set.Points);
            for (Term term = 0; (int)term < Terms.Count; term++)
            {
                json.WriteNumber(Name(term), Rounded(set.Coefficients[term]));
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteStartObject("errors");
        foreach ((string pair, ErrorBand band) in calibration.Errors.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            json.WriteStartObject(pair);
            json.WriteString("basis", band.Basis);
            json.WriteNumber("points", band.Points);
            json.WriteNumber("median", Rounded(band.Median));
            json.WriteNumber("low", Rounded(band.Low));
            json.WriteNumber("high", Rounded(band.High));
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteStartArray("apart");
        foreach (string set in calibration.Apart.Order(StringComparer.Ordinal))
        {
            json.WriteStringValue(set);
        }

        json.WriteEndArray();
        if (calibration.Rows is { } rows)
        {
            PointFile.Write(json, "measurements", rows);
        }

        json.WriteEndObject();
    }

    /// <summary>Reads a calibration.</summary>
    /// <exception cref="PlanningException">It is not what the format demands.</exception>
    public static Calibration Parse(string name, byte[] bytes)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            JsonElement root = document.RootElement;
            if (root.GetProperty("format").GetInt32() is not Format and int other)
            {
                throw new PlanningException(name, "format", "1", other.ToString(System.Globalization.CultureInfo.InvariantCulture));
            }

            return new Calibration(
                CoefficientSets.Of(root.GetProperty("sets").EnumerateObject().Select(static set => KeyValuePair.Create(set.Name, Set(set.Value)))),
                root.GetProperty("errors").EnumerateObject().ToDictionary(static pair => pair.Name, static pair => Band(pair.Value)),
                root.GetProperty("spreads").EnumerateObject().ToDictionary(static spread => Enum.Parse<QuantityKind>(spread.Name, ignoreCase: true), static spread => Finite(spread.Value)),
                root.GetProperty("apart").EnumerateArray().Select(static set => set.GetString() ?? "").ToHashSet(StringComparer.Ordinal),
                root.TryGetProperty("measurements", out JsonElement rows) ? PointFile.Rows(rows, true).OfType<PointRow>().ToArray() : null);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new PlanningException($"{name}: expected a calibration as millrace calibrate writes it: {exception.Message}", exception);
        }
    }

    static CoefficientSet Set(JsonElement set)
    {
        Terms coefficients = default;
        for (Term term = 0; (int)term < Terms.Count; term++)
        {
            coefficients[term] = Finite(set.GetProperty(Name(term)));
        }

        return new CoefficientSet(set.GetProperty("points").GetInt32(), coefficients);
    }

    static ErrorBand Band(JsonElement band) => new(
        band.GetProperty("basis").GetString() ?? "",
        band.GetProperty("points").GetInt32(),
        Finite(band.GetProperty("median")),
        Finite(band.GetProperty("low")),
        Finite(band.GetProperty("high")));

    static double Finite(JsonElement number) => number.GetDouble() is double value && double.IsFinite(value) && value >= 0 ? value : throw new FormatException($"{number} is no coefficient");

    // Digits beyond these are of the machine, not of the measurements.
    static double Rounded(double value) => Math.Round(value, 5);

    static string Name<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
