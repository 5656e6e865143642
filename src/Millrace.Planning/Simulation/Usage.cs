namespace Millrace.Planning.Simulation;

/// <summary>Sums over steps.</summary>
public sealed class Usage
{
    /// <summary>Steps.</summary>
    public long Steps { get; private set; }

    /// <summary>Seconds in which there was a step.</summary>
    public double Seconds { get; private set; }

    /// <summary>Energy of the steps.</summary>
    public double Joules { get; private set; }

    /// <summary>Tokens computed.</summary>
    public long Tokens { get; private set; }

    /// <summary>The largest part of the KV blocks that was held in a step.</summary>
    public double PeakKv { get; private set; }

    /// <summary>Sequences in a step, on average over time.</summary>
    public double MeanBatch => Seconds > 0 ? _sequenceSeconds / Seconds : 0;

    /// <summary>The part of the KV blocks that was held, on average over the time in which there was a step.</summary>
    public double MeanKv => Seconds > 0 ? _kvSeconds / Seconds : 0;

    double _sequenceSeconds, _kvSeconds;

    /// <summary>Adds a step.</summary>
    internal void Add(double seconds, int sequences, int tokens, double joules, double kv)
    {
        Steps++;
        Seconds += seconds;
        Tokens += tokens;
        Joules += joules;
        PeakKv = Math.Max(PeakKv, kv);
        _sequenceSeconds += seconds * sequences;
        _kvSeconds += seconds * kv;
    }

    /// <summary>Adds another's sums.</summary>
    internal void Add(Usage other)
    {
        Steps += other.Steps;
        Seconds += other.Seconds;
        Joules += other.Joules;
        Tokens += other.Tokens;
        PeakKv = Math.Max(PeakKv, other.PeakKv);
        _sequenceSeconds += other._sequenceSeconds;
        _kvSeconds += other._kvSeconds;
    }
}
