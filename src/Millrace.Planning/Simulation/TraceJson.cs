using System.Text.Json;
using System.Text.Json.Serialization;

namespace Millrace.Planning.Simulation;

/// <summary>Traces with an object a line.</summary>
static partial class TraceJson
{
    /// <summary>Reads one.</summary>
    public static IEnumerable<(ulong Line, double Time, PlannedRequest Request)> Read(string path)
    {
        ulong line = 0;
        foreach (string text in File.ReadLines(path))
        {
            line++;
            if (text.Length > 0)
            {
                TraceFields? fields = Parse(text);
                yield return fields is { Time: { } time } && fields.Request(line) is { } request
                    ? (line, time, request)
                    : throw PlanningException.AtLine(path, (long)line, "an object with timestamp, input_length, output_length or arrival, input, output", text);
            }
        }
    }

    static TraceFields? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, Fields.Default.TraceFields);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    [JsonSerializable(typeof(TraceFields))]
    sealed partial class Fields : JsonSerializerContext;
}
