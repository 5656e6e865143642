namespace Millrace.Planning.Hardware;

/// <summary>Devices that do not exist: one that does, with figures replaced.</summary>
public static class WhatIf
{
    const string Source = "what-if";

    // The figure that articles take for one accelerator with memory of the coming generation.
    static readonly Dictionary<string, string[]> Named = new(StringComparer.OrdinalIgnoreCase)
    {
        ["HBM4"] = ["hbm.bandwidth=6TB/s"],
    };

    /// <summary>The settings that have a name.</summary>
    public static IReadOnlyCollection<string> Names => Named.Keys;

    /// <summary>Replaces a figure of a device, or several by the name of a what-if.</summary>
    /// <param name="device">The device.</param>
    /// <param name="setting"><c>NAME=VALUE</c>, of <c>LEVEL.bandwidth</c>, <c>LEVEL.capacity</c>, <c>peak.TYPE</c>, <c>link.bandwidth</c>, <c>link.latency</c>, <c>link.chips</c>, <c>watts</c>, <c>price</c> and <c>chips</c>, where a level is one of the device's or <c>memory</c>, the one that holds the weights; or one of <see cref="Names"/>.</param>
    /// <exception cref="PlanningException">There is no such figure, or the value is not one.</exception>
    public static DeviceSpec With(this DeviceSpec device, string setting)
    {
        if (Named.TryGetValue(setting.Trim(), out string[]? settings))
        {
            return settings.Aggregate(device, With) with { Name = $"{device.Name} with {setting.Trim().ToUpperInvariant()}" };
        }

        int equals = setting.IndexOf('=');
        if (equals < 0)
        {
            throw Wrong(setting, $"NAME=VALUE or one of {string.Join(", ", Named.Keys)}", setting);
        }

        string name = setting[..equals].Trim().ToLowerInvariant();
        string text = setting[(equals + 1)..];
        if (!Quantity.TryParse(text, out double value))
        {
            throw Wrong(name, "a finite number above 0, with a unit or without (6TB/s, 80GiB, 10us, 2PFLOPS, 700W)", text);
        }

        Figure figure = new(value, Source);
        return name.Split('.') switch
        {
            ["peak", var type] => device with { Peaks = new Dictionary<NumberType, Figure>(device.Peaks) { [TypeOf(type)] = figure } },
            ["link", var part] => device with { Link = Link(device.Link ?? new Interconnect("what-if", null, null, 1, null), part, figure) },
            [var level, "bandwidth"] => WithMemory(device, level, old => old with { BytesPerSecond = figure }),
            [var level, "capacity"] => WithMemory(device, level, old => old with { Bytes = figure }),
            ["watts"] => device with { Watts = figure, WattsAllIn = null },
            ["price"] => device with { DollarsPerHour = [figure, .. device.DollarsPerHour] },
            ["chips"] => device with { SystemChips = Whole("chips", value, text) },
            _ => throw Wrong(name, "one of LEVEL.bandwidth, LEVEL.capacity, peak.TYPE, link.bandwidth, link.latency, link.chips, watts, price, chips", name),
        };
    }

    static NumberType TypeOf(string name) => Enum.TryParse(name, ignoreCase: true, out NumberType type) && Enum.IsDefined(type) && char.IsLetter(name[0])
        ? type
        : throw Wrong("peak", $"one of {string.Join(", ", Enum.GetNames<NumberType>()).ToLowerInvariant()}", name);

    static Interconnect Link(Interconnect link, string part, Figure figure) => part switch
    {
        "bandwidth" => link with { BytesPerSecond = figure },
        "latency" => link with { LatencySeconds = figure },
        "chips" => link with { DomainChips = Whole("link.chips", figure.Value, $"{figure.Value}") },
        _ => throw Wrong("link", "bandwidth, latency or chips", part),
    };

    static DeviceSpec WithMemory(DeviceSpec device, string name, Func<MemoryLevel, MemoryLevel> change)
    {
        List<MemoryLevel> levels = [.. device.Memory];
        int index = name == "memory" ? 0 : levels.FindIndex(level => level.Level.StartsWith(name, StringComparison.OrdinalIgnoreCase));
        if (name.Length == 0 || index < 0)
        {
            throw Wrong(name, $"a memory of {device.Id}: memory, {string.Join(", ", levels.Select(static level => level.Level)).ToLowerInvariant()}", name.Length == 0 ? "nothing" : name);
        }

        levels[index] = change(levels[index]);
        return device with { Memory = levels };
    }

    static int Whole(string name, double value, string text) => value is >= 1 and <= 1e6 && value == Math.Floor(value) ? (int)value : throw Wrong(name, "a whole number from 1 to 1000000", text);

    static PlanningException Wrong(string field, string expected, string found) => new("--set", field, expected, found) { IsWrongUse = true };
}
