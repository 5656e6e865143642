namespace Millrace.Server.Ledger;

/// <summary>What the engine spent on a request: its share of each batch it was in.</summary>
/// <param name="WeightBytes">Bytes of weights read.</param>
/// <param name="KvBytesRead">Bytes of keys and values read.</param>
/// <param name="KvBytesWritten">Bytes of keys and values written.</param>
/// <param name="Flops">Floating-point operations.</param>
/// <param name="KvByteMicroseconds">Bytes of KV cache held, times how long.</param>
/// <param name="ComputeMicroseconds">Time of the forward passes.</param>
/// <param name="EnergyMicrojoules">Energy.</param>
/// <param name="EnergyMeasured">Whether the machine measured the energy; otherwise it is an estimate.</param>
public readonly record struct Consumption(
    long WeightBytes, long KvBytesRead, long KvBytesWritten, long Flops, long KvByteMicroseconds, long ComputeMicroseconds, long EnergyMicrojoules, bool EnergyMeasured);
