using System.Text.Json.Nodes;

namespace Millrace.Planning.Hardware;

/// <summary>Writes descriptions of devices in the format that they are read in (docs/devices.md).</summary>
public static class DeviceJson
{
    /// <summary>A file of devices; unknown figures are left out.</summary>
    public static JsonObject Of(IEnumerable<DeviceSpec> devices) => new() { ["devices"] = new JsonArray([.. devices.Select(Device)]) };

    static JsonObject Device(DeviceSpec device)
    {
        JsonObject json = new()
        {
            ["id"] = device.Id,
            ["name"] = device.Name,
            ["kind"] = Word(device.Kind),
            ["aliases"] = new JsonArray([.. device.Aliases.Select(static alias => JsonValue.Create(alias))]),
            ["memory"] = new JsonArray([.. device.Memory.Select(Level)]),
            ["peaks"] = new JsonObject(device.Peaks.OrderBy(static peak => peak.Key).Select(static peak => KeyValuePair.Create(Word(peak.Key), (JsonNode?)Value(peak.Value)))),
            ["dollarsPerHour"] = new JsonArray([.. device.DollarsPerHour.Select(Value)]),
        };
        Add(json, "vendor", device.Vendor);
        Add(json, "watts", device.Watts);
        Add(json, "wattsAllIn", device.WattsAllIn);
        Add(json, "systemName", device.SystemName);
        Add(json, "notes", device.Notes);
        if (device.SystemChips > 0)
        {
            json["systemChips"] = device.SystemChips;
        }

        if (device.Link is { } link)
        {
            JsonObject own = new() { ["kind"] = link.Kind, ["domainChips"] = link.DomainChips };
            Add(own, "bytesPerSecond", link.BytesPerSecond);
            Add(own, "latencySeconds", link.LatencySeconds);
            Add(own, "scaleOutBytesPerSecond", link.ScaleOutBytesPerSecond);
            json["link"] = own;
        }

        return json;
    }

    static JsonObject Level(MemoryLevel level)
    {
        JsonObject json = new() { ["level"] = level.Level };
        Add(json, "bytes", level.Bytes);
        Add(json, "bytesPerSecond", level.BytesPerSecond);
        return json;
    }

    static JsonObject Value(Figure figure)
    {
        JsonObject json = new() { ["value"] = figure.Value, ["source"] = figure.Source };
        Add(json, "note", figure.Note ?? "");
        return json;
    }

    static void Add(JsonObject json, string field, Figure? figure)
    {
        if (figure is not null)
        {
            json[field] = Value(figure);
        }
    }

    static void Add(JsonObject json, string field, string text)
    {
        if (text.Length > 0)
        {
            json[field] = text;
        }
    }

    static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}
