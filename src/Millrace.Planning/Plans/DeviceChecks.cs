using System.Globalization;
using Millrace.Planning.Hardware;

namespace Millrace.Planning.Plans;

/// <summary>Whether a device's figures can be planned with at all.</summary>
static class DeviceChecks
{
    /// <summary>Which figure is missing or impossible, or null.</summary>
    public static string? WhyNot(DeviceSpec device)
    {
        if (device.Memory.Count == 0)
        {
            return $"{device.Name}: no memory is known";
        }

        MemoryLevel first = device.Memory[0];
        return Known(device, $"{first.Level} capacity", first.Bytes) ?? Known(device, $"{first.Level} bandwidth", first.BytesPerSecond)
            ?? (device.Peaks.Count == 0 ? $"{device.Name}: no peak operations per second are known" : null)
            ?? device.Peaks.Select(peak => Known(device, $"{peak.Key} peak", peak.Value)).FirstOrDefault(static reason => reason is not null)
            ?? (device.Link is { } link ? Possible(device, "link bandwidth", link.BytesPerSecond) ?? Possible(device, "link latency", link.LatencySeconds, zero: true) : null)
            ?? Possible(device, "power", device.Watts)
            ?? device.DollarsPerHour.Select(price => Possible(device, "price per hour", price, zero: true)).FirstOrDefault(static reason => reason is not null);
    }

    static string? Known(DeviceSpec device, string what, Figure? figure) => figure is null ? $"{device.Name}: {what} is not known" : Possible(device, what, figure);

    static string? Possible(DeviceSpec device, string what, Figure? figure, bool zero = false) => figure is null || (double.IsFinite(figure.Value) && (figure.Value > 0 || (zero && figure.Value == 0)))
        ? null
        : string.Create(CultureInfo.InvariantCulture, $"{device.Name}: {what}: expected a number {(zero ? "of at least" : "above")} 0, found {figure.Value}");
}
