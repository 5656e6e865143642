namespace Millrace.Planning.Simulation;

/// <summary>Clients that each send the next request when they have an answer.</summary>
sealed class ClosedWorkload : Workload
{
    readonly ClosedLoop _load;
    readonly Random _random;
    readonly Queue<double> _due;
    readonly long _total;

    /// <param name="load">Clients and lengths.</param>
    /// <param name="total">Requests in all.</param>
    public ClosedWorkload(ClosedLoop load, long total)
    {
        _load = load;
        _total = total;
        _random = new Random(load.Seed);
        _due = new Queue<double>(load.Concurrency + 1);
        for (int i = 0; i < load.Concurrency; i++)
        {
            _due.Enqueue(0);
        }
    }

    /// <summary>Requests sent so far.</summary>
    public long Taken { get; private set; }

    /// <inheritdoc/>
    public override double Next => Taken < _total && _due.Count > 0 ? _due.Peek() : double.PositiveInfinity;

    /// <inheritdoc/>
    public override PlannedRequest Take()
    {
        _due.Dequeue();
        return new PlannedRequest([new PromptPart((ulong)Taken++, Length(_load.InputTokens))], Length(_load.OutputTokens));
    }

    /// <inheritdoc/>
    public override void Complete(double now) => _due.Enqueue(now);

    int Length(int most)
    {
        int least = Math.Max(1, (int)Math.Round(most * _load.LeastPart));
        return _random.Next(least, most + 1);
    }
}
