using System.CommandLine;
using System.Globalization;
using Millrace.Planning.Hardware;
using Spectre.Console;

namespace Millrace.Cli.Commands;

/// <summary><c>devices</c>: the devices that plans know, and where each figure comes from.</summary>
sealed class DevicesCommand : Command
{
    readonly Terminal _terminal;
    readonly DeviceOptions _options = new();
    readonly Argument<string?> _name = new("device") { Description = "A device, in any spelling, or here, which measures this machine; without it all are listed", Arity = ArgumentArity.ZeroOrOne, HelpName = "DEVICE" };
    readonly Option<string> _output = CliOptions.Choice("--output", "What to print", "table", "json");

    public DevicesCommand(Terminal terminal)
        : base("devices", "Lists the devices that plans know, or a device's figures and where each comes from")
    {
        _terminal = terminal;
        Add(_name);
        Add(_output);
        _options.AddTo(this);
        SetAction(Run);
    }

    void Run(ParseResult parse)
    {
        DeviceCatalogue catalogue = _options.Catalogue(parse);
        bool isJson = parse.GetValue(_output) == "json";
        if (parse.GetValue(_name) is { } name)
        {
            DeviceSpec device = _options.Device(parse, catalogue, name, _name);
            Write([device], isJson, () => WriteOne(device));
            return;
        }

        if (_options.HasSettings(parse))
        {
            throw new UsageException("--set replaces figures of one device: name it");
        }

        Write(catalogue.Devices, isJson, () => WriteAll(catalogue.Devices));
    }

    void Write(IReadOnlyList<DeviceSpec> devices, bool isJson, Action table)
    {
        if (isJson)
        {
            _terminal.Out.WriteLine(DeviceJson.Of(devices).ToJsonString());
        }
        else
        {
            table();
        }
    }

    void WriteAll(IReadOnlyList<DeviceSpec> devices)
    {
        Table table = Tables.New("name", "kind", ">memory", ">bandwidth", ">peak", "type", ">link", ">watts", ">$/h", "full name");
        foreach (DeviceSpec device in devices)
        {
            (NumberType type, Figure peak) = Best(device);
            table.Add(
                device.Id,
                Word(device.Kind),
                Tables.Bytes(device.MainMemory.Bytes!.Value),
                $"{Bytes(device.MainMemory.BytesPerSecond!.Value)}/s",
                $"{Tables.Count(peak.Value)}",
                Word(type),
                device.Link?.BytesPerSecond is { } link ? $"{Bytes(link.Value)}/s" : "",
                Number(device.Watts),
                Number(device.DollarsPerHour is [var price, ..] ? price : null),
                device.Name);
        }

        _terminal.Write(table);
    }

    void WriteOne(DeviceSpec device)
    {
        _terminal.Out.WriteLine($"{device.Id}: {device.Name}{(device.Vendor.Length > 0 ? $", {device.Vendor}" : "")}, {Word(device.Kind)} ({device.Origin})");
        if (device.SystemChips > 0)
        {
            _terminal.Out.WriteLine($"a system has {device.SystemChips} of them{(device.SystemName.Length > 0 ? $": {device.SystemName}" : "")}");
        }

        Table table = Tables.New("figure", ">value", "source", "note");
        foreach ((string name, string value, Figure figure) in Figures(device))
        {
            table.Add(name, value, figure.Source, figure.Note ?? "");
        }

        _terminal.Write(table);
        if (device.Notes.Length > 0)
        {
            _terminal.Out.WriteLine(device.Notes);
        }
    }

    static IEnumerable<(string Name, string Value, Figure Figure)> Figures(DeviceSpec device)
    {
        foreach (MemoryLevel level in device.Memory)
        {
            if (level.Bytes is { } bytes)
            {
                yield return ($"{level.Level} capacity", Bytes(bytes.Value), bytes);
            }

            if (level.BytesPerSecond is { } rate)
            {
                yield return ($"{level.Level} bandwidth", $"{Bytes(rate.Value)}/s", rate);
            }
        }

        foreach ((NumberType type, Figure peak) in device.Peaks.OrderBy(static peak => peak.Key))
        {
            yield return ($"peak {Word(type)}", $"{Tables.Count(peak.Value)}op/s", peak);
        }

        foreach ((string name, string unit, Figure? figure) in new (string, string, Figure?)[]
        {
            ($"link ({device.Link?.Kind}, of {device.Link?.DomainChips} chips)", "B/s", device.Link?.BytesPerSecond),
            ("link latency", "µs", device.Link?.LatencySeconds),
            ("link beyond the domain", "B/s", device.Link?.ScaleOutBytesPerSecond),
            ("power", "W", device.Watts),
            ("power with its share of the system", "W", device.WattsAllIn),
        })
        {
            if (figure is not null)
            {
                yield return (name, unit switch { "B/s" => $"{Bytes(figure.Value)}/s", "µs" => $"{Number(figure with { Value = figure.Value * 1e6 })} µs", _ => $"{Number(figure)} {unit}" }, figure);
            }
        }

        foreach (Figure price in device.DollarsPerHour)
        {
            yield return ("price", $"$ {Number(price)} /h", price);
        }
    }

    // Of the floats that engines keep weights in, the 16-bit ones say most; a neural unit may have integers alone.
    static (NumberType, Figure) Best(DeviceSpec device)
    {
        foreach (NumberType type in (ReadOnlySpan<NumberType>)[NumberType.Bf16, NumberType.Fp16])
        {
            if (device.Peaks.TryGetValue(type, out Figure? peak))
            {
                return (type, peak);
            }
        }

        KeyValuePair<NumberType, Figure> most = device.Peaks.MaxBy(static peak => peak.Value.Value);
        return (most.Key, most.Value);
    }

    static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    static string Bytes(double bytes) => bytes >= 1e12 ? $"{Tables.Count(bytes)}B" : Tables.Bytes(bytes);

    static string Number(Figure? figure) => figure?.Value.ToString("0.###", CultureInfo.InvariantCulture) ?? "";
}
