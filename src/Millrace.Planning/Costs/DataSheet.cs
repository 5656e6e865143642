using Millrace.Planning.Hardware;

namespace Millrace.Planning.Costs;

/// <summary>What cost models read of a device.</summary>
static class DataSheet
{
    /// <summary>Bytes per second between chips where nothing is known: PCIe 4.0 × 16.</summary>
    public const double DefaultLink = 32e9;

    /// <summary>Bytes per second of the memory that holds the weights.</summary>
    /// <exception cref="PlanningException">None is known.</exception>
    public static double Bandwidth(DeviceSpec device) => Positive(device, "memory bandwidth", device.Memory.Count > 0 ? device.Memory[0].BytesPerSecond?.Value : null);

    /// <summary>Bytes of that memory.</summary>
    /// <exception cref="PlanningException">None is known.</exception>
    public static double Capacity(DeviceSpec device) => Positive(device, "memory", device.Memory.Count > 0 ? device.Memory[0].Bytes?.Value : null);

    /// <summary>Dense operations per second with weights of a type. Weights of 4 bits are converted to 16 where there are no units for them, and so are 8-bit integers by engines for processors and systolic arrays, which keep activations in 16 bits.</summary>
    /// <exception cref="PlanningException">No peak is known.</exception>
    public static double Peak(DeviceSpec device, NumberType type) => Positive(device, "peak", Units(device, type) is { } units ? device.Peaks[units].Value : null);

    /// <summary>The units whose peak counts with weights of a type; null where none are known.</summary>
    public static NumberType? Units(DeviceSpec device, NumberType type)
    {
        bool converted = type == NumberType.Fp4 ? !device.Peaks.ContainsKey(NumberType.Fp4) : type == NumberType.Int8 && device.Kind is (DeviceKind.Cpu or DeviceKind.Systolic);
        return device.UnitsFor(converted ? NumberType.Bf16 : type);
    }

    static double Positive(DeviceSpec device, string what, double? value) => value is double number && double.IsFinite(number) && number > 0
        ? number
        : throw new PlanningException(device.Id, what, "a number above 0", value is null ? "none known" : value.Value.ToString(System.Globalization.CultureInfo.InvariantCulture));
}
