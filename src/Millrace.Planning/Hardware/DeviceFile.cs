using System.Text.Json;

namespace Millrace.Planning.Hardware;

/// <summary>Reads descriptions of devices; docs/devices.md tells of the format. Every number is checked and every unknown field refused.</summary>
static class DeviceFile
{
    const long MostBytes = 4 << 20;

    static readonly Dictionary<string, DeviceKind> Kinds = Enum.GetValues<DeviceKind>().ToDictionary(static kind => kind.ToString().ToLowerInvariant());
    static readonly Dictionary<string, NumberType> Types = Enum.GetValues<NumberType>().ToDictionary(static type => type.ToString().ToLowerInvariant());

    /// <summary>Reads a file.</summary>
    /// <exception cref="PlanningException">It is not what the format demands.</exception>
    public static List<DeviceSpec> Read(string path)
    {
        FileInfo file = new(path);
        return file.Length <= MostBytes
            ? Parse(path, path, File.ReadAllBytes(path))
            : throw new PlanningException(path, "", $"at most {MostBytes} bytes", $"{file.Length}");
    }

    /// <summary>Reads a text.</summary>
    /// <param name="file">What messages call it.</param>
    /// <param name="origin">What the devices say of where they stand.</param>
    /// <param name="json">The text.</param>
    /// <exception cref="PlanningException">It is not what the format demands.</exception>
    public static List<DeviceSpec> Parse(string file, string origin, ReadOnlyMemory<byte> json)
    {
        using JsonDocument document = StrictJson.Parse(file, json);
        StrictJson root = new(file, "", document.RootElement);
        Dictionary<string, string> sources = [];
        if (root.TakeObject("sources") is { } named)
        {
            foreach (string name in named.Names)
            {
                sources.Add(name, named.TakeText(name)!);
            }
        }

        List<StrictJson> devices = root.TakeObjects("devices");
        if (devices.Count == 0)
        {
            throw new PlanningException(file, "devices", "at least one device", "none");
        }

        root.End("sources, devices");
        return [.. devices.Select(device => Device(device, sources) with { Origin = origin })];
    }

    static DeviceSpec Device(StrictJson json, Dictionary<string, string> sources)
    {
        string id = Required(json, "id");
        if (!id.All(static letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter is '-' or '.') || id.Length > 64 || !char.IsAsciiLetterOrDigit(id[0]) || id == DeviceCatalogue.HereId)
        {
            throw json.Wrong("id", "at most 64 of a-z, 0-9, - and ., not 'here', which is this machine", id);
        }

        string kind = Required(json, "kind");
        DeviceSpec device = new()
        {
            Id = id,
            Name = Required(json, "name"),
            Vendor = json.TakeText("vendor") ?? "",
            Kind = Kinds.TryGetValue(kind, out DeviceKind known) ? known : throw json.Wrong("kind", $"one of {string.Join(", ", Kinds.Keys)}", kind),
            Aliases = json.TakeTexts("aliases"),
            Memory = Memory(json, sources),
            Peaks = Peaks(json, sources),
            Link = json.TakeObject("link") is { } link ? Link(link, sources) : null,
            Watts = Figure(json, "watts", sources),
            WattsAllIn = Figure(json, "wattsAllIn", sources),
            DollarsPerHour = [.. json.TakeObjects("dollarsPerHour").Select(price => Figure(price, sources))],
            SystemChips = json.TakeCount("systemChips", 0),
            SystemName = json.TakeText("systemName") ?? "",
            Notes = json.TakeText("notes") ?? "",
        };
        json.End("id, name, vendor, kind, aliases, memory, peaks, link, watts, wattsAllIn, dollarsPerHour, systemChips, systemName, notes");
        return device;
    }

    static List<MemoryLevel> Memory(StrictJson json, Dictionary<string, string> sources)
    {
        List<MemoryLevel> levels = [];
        foreach (StrictJson level in json.TakeObjects("memory"))
        {
            levels.Add(new MemoryLevel(Required(level, "level"), Figure(level, "bytes", sources), Figure(level, "bytesPerSecond", sources)));
            level.End("level, bytes, bytesPerSecond");
        }

        if (levels.FirstOrDefault() is not { Bytes: not null, BytesPerSecond: not null })
        {
            throw json.Wrong("memory", "a first level, which holds the weights, with bytes and bytesPerSecond", levels.Count == 0 ? "no level" : levels[0].Level);
        }

        return levels;
    }

    static Dictionary<NumberType, Figure> Peaks(StrictJson json, Dictionary<string, string> sources)
    {
        Dictionary<NumberType, Figure> peaks = [];
        if (json.TakeObject("peaks") is { } given)
        {
            foreach (string name in given.Names.Where(Types.ContainsKey))
            {
                peaks.Add(Types[name], Figure(given, name, sources)!);
            }

            given.End(string.Join(", ", Types.Keys));
        }

        return peaks.Count > 0 ? peaks : throw json.Wrong("peaks", $"at least one of {string.Join(", ", Types.Keys)}", "none");
    }

    static Interconnect Link(StrictJson json, Dictionary<string, string> sources)
    {
        Interconnect link = new(
            Required(json, "kind"),
            Figure(json, "bytesPerSecond", sources),
            Figure(json, "latencySeconds", sources),
            json.TakeCount("domainChips", 1),
            Figure(json, "scaleOutBytesPerSecond", sources));
        json.End("kind, bytesPerSecond, latencySeconds, domainChips, scaleOutBytesPerSecond");
        return link;
    }

    static Figure? Figure(StrictJson json, string field, Dictionary<string, string> sources) => json.TakeObject(field) is { } figure ? Figure(figure, sources) : null;

    static Figure Figure(StrictJson json, Dictionary<string, string> sources)
    {
        string source = Required(json, "source");
        Figure figure = new(json.TakePositive("value"), sources.GetValueOrDefault(source, source), json.TakeText("note"));
        json.End("value, source, note");
        return figure;
    }

    static string Required(StrictJson json, string field) => json.TakeText(field) ?? throw json.Wrong(field, "a text", "nothing");
}
