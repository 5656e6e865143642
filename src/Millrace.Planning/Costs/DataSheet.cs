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

    /// <summary>Dense operations per second with weights of a type. Where the device has no such type, weights are converted to one that it has: 4 bits to 16, 8 to 16, 16 to 32.</summary>
    /// <exception cref="PlanningException">No peak is known.</exception>
    public static double Peak(DeviceSpec device, NumberType type)
    {
        NumberType[] order = type switch
        {
            NumberType.Fp4 => [NumberType.Fp4, NumberType.Bf16, NumberType.Fp16, NumberType.Fp8, NumberType.Int8],
            NumberType.Int4 => [NumberType.Bf16, NumberType.Fp16, NumberType.Int8],
            NumberType.Fp8 => [NumberType.Fp8, NumberType.Bf16, NumberType.Fp16, NumberType.Int8],
            NumberType.Int8 => device.Kind is DeviceKind.Gpu or DeviceKind.Npu or DeviceKind.Lpu ? [NumberType.Int8, NumberType.Bf16, NumberType.Fp16] : [NumberType.Bf16, NumberType.Fp16, NumberType.Int8],
            NumberType.Fp32 => [NumberType.Fp32, NumberType.Fp16, NumberType.Bf16],
            _ => [NumberType.Bf16, NumberType.Fp16, NumberType.Fp32, NumberType.Int8],
        };
        foreach (NumberType choice in order)
        {
            if (device.Peaks.TryGetValue(choice, out Figure? figure))
            {
                return Positive(device, $"{choice} peak", figure.Value);
            }
        }

        return Positive(device, "peak", device.Peaks.Count > 0 ? device.Peaks.Values.Max(static figure => figure.Value) : null);
    }

    static double Positive(DeviceSpec device, string what, double? value) => value is double number && double.IsFinite(number) && number > 0
        ? number
        : throw new PlanningException(device.Id, what, "a number above 0", value is null ? "none known" : value.Value.ToString(System.Globalization.CultureInfo.InvariantCulture));
}
