namespace Millrace.Planning.Simulation;

/// <summary>The virtual clock: requests come, steps and transfers end, and whatever lane then has nothing under way begins its next step. Nothing is random; equal workloads give equal runs, to the last bit.</summary>
/// <param name="router">Deals requests to lanes.</param>
/// <param name="workload">The requests.</param>
/// <param name="meter">Takes note of what they get.</param>
/// <param name="handover">Takes computed prompts on to those that answer; null where each lane does both.</param>
sealed class Simulator(Router router, Workload workload, Meter meter, Handover? handover = null)
{
    readonly PriorityQueue<Lane, (double Ends, int Index)> _steps = new();
    readonly List<Lane> _ready = [];
    readonly List<Flight> _done = [];

    /// <summary>The time.</summary>
    public double Now { get; private set; }

    /// <summary>Runs to the next time at which anything happens; false where nothing does any more.</summary>
    public bool Advance()
    {
        double step = _steps.TryPeek(out _, out (double Ends, int) first) ? first.Ends : double.PositiveInfinity;
        double now = Math.Min(Math.Min(step, workload.Next), handover?.Next ?? double.PositiveInfinity);
        if (double.IsPositiveInfinity(now))
        {
            return false;
        }

        Now = now;
        _ready.Clear();
        while (_steps.TryPeek(out Lane? lane, out (double Ends, int) next) && next.Ends <= now)
        {
            _steps.Dequeue();
            lane.End(meter, _done);
            Finish(lane, now);
            _ready.Add(lane);
        }

        while (handover?.Next <= now)
        {
            Ready(handover.Arrive());
        }

        while (workload.Next <= now)
        {
            Arrive(now);
        }

        // A lane may be there twice: by the second time it is busy, and left alone.
        foreach (Lane lane in _ready)
        {
            if (!lane.Busy && lane.Begin(now))
            {
                _steps.Enqueue(lane, (lane.Ends, lane.Index));
            }
        }

        return true;
    }

    void Finish(Lane lane, double now)
    {
        foreach (Flight flight in _done)
        {
            if (flight.Tokens < flight.Request.OutputTokens)
            {
                handover!.Send(flight, lane, now);
            }
            else
            {
                meter.Complete(flight);
                workload.Complete(now);
            }
        }

        _done.Clear();
    }

    void Arrive(double now)
    {
        double arrival = workload.Next;
        Flight flight = new(meter.Arrive(), workload.Take(), arrival);
        Lane lane = router.Choose(flight);
        if (lane.Fits(flight.Request) && handover?.Fits(flight.Request) != false)
        {
            lane.Add(flight);
            Ready(lane);
        }
        else
        {
            meter.Reject();
            workload.Complete(now);
        }
    }

    void Ready(Lane lane)
    {
        if (!lane.Busy)
        {
            _ready.Add(lane);
        }
    }
}
