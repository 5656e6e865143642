using Millrace.Planning.Hardware;
using Millrace.Planning.Models;

namespace Millrace.Tests.Planning.Costs;

/// <summary>Models and devices that the tests of SRAM machines share.</summary>
static class SramModels
{
    public static DeviceSpec Lpu => DeviceCatalogue.BuiltIn.Get("groq-lpu");

    public static DeviceSpec Wafer => DeviceCatalogue.BuiltIn.Get("wse-3");

    public static PlannedModel Of(string name, string precision = "int8") => PlannedModel.Of(ModelCatalogue.Find(name)!, Precision.Parse(precision));

    /// <summary>A device whose SRAM is another.</summary>
    public static DeviceSpec WithSram(this DeviceSpec device, double bytes, double? bytesPerSecond = null) =>
        device with { Memory = [device.Memory[0] with { Bytes = new(bytes, "test"), BytesPerSecond = bytesPerSecond is { } value ? new(value, "test") : device.Memory[0].BytesPerSecond }] };

    /// <summary>A device whose link is another.</summary>
    public static DeviceSpec WithLink(this DeviceSpec device, double bytesPerSecond) => device with { Link = device.Link! with { BytesPerSecond = new(bytesPerSecond, "test") } };
}
