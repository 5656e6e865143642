namespace Millrace.Server.Ledger;

/// <summary>What the engine spent on a request: its share of each batch it was in.</summary>
/// <param name="WeightBytes">Bytes of weights read.</param>
/// <param name="KvBytesRead">Bytes of keys and values read.</param>
/// <param name="KvBytesWritten">Bytes of keys and values written.</param>
/// <param name="Flops">Floating-point operations.</param>
/// <param name="KvByteSeconds">Bytes of KV cache held, times how long.</param>
/// <param name="ComputeMicroseconds">Time of the forward passes.</param>
/// <param name="EnergyMicrojoules">Energy.</param>
public readonly record struct Consumption(
    long WeightBytes, long KvBytesRead, long KvBytesWritten, long Flops, long KvByteSeconds, long ComputeMicroseconds, long EnergyMicrojoules);
