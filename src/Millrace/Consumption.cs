namespace Millrace;

/// <summary>What work took of the machine. Whole numbers, so that the shares of requests add up to the engine's counters exactly.</summary>
/// <param name="WeightBytes">Bytes of weights read from memory: a step's reads, shared out among its sequences.</param>
/// <param name="KvBytesRead">Bytes of keys and values read.</param>
/// <param name="KvBytesWritten">Bytes of keys and values written.</param>
/// <param name="Flops">Operations; a multiply-add is two.</param>
/// <param name="KvByteSeconds">Bytes of KV cache held, times the seconds of the steps meanwhile. Blocks that several share count for each of them.</param>
/// <param name="ComputeMicroseconds">Time of steps, in 1e-6 s.</param>
/// <param name="EnergyMicrojoules">Energy of steps, in 1e-6 J: measured, or the assumed power over their time (<see cref="Engine.MeasuresEnergy"/>).</param>
public readonly record struct Consumption(
    long WeightBytes, long KvBytesRead, long KvBytesWritten, long Flops, long KvByteSeconds, long ComputeMicroseconds, long EnergyMicrojoules)
{
    /// <summary>The sum of two.</summary>
    public static Consumption operator +(Consumption left, Consumption right) => new(
        left.WeightBytes + right.WeightBytes,
        left.KvBytesRead + right.KvBytesRead,
        left.KvBytesWritten + right.KvBytesWritten,
        left.Flops + right.Flops,
        left.KvByteSeconds + right.KvByteSeconds,
        left.ComputeMicroseconds + right.ComputeMicroseconds,
        left.EnergyMicrojoules + right.EnergyMicrojoules);

    /// <summary>The sum of two.</summary>
    public static Consumption Add(Consumption left, Consumption right) => left + right;
}
