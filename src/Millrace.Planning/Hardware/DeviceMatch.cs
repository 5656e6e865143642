namespace Millrace.Planning.Hardware;

/// <summary>What a spelling of a device says.</summary>
/// <param name="Device">The device.</param>
/// <param name="Chips">How many, where the spelling states a number (<c>8xMI300X</c>, <c>H200-SXM-141GBx8_TRT</c>); else null.</param>
public sealed record DeviceMatch(DeviceSpec Device, int? Chips);
