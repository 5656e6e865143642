using Millrace.Cache;
using Millrace.Planning.Costs;
using Millrace.Scheduling;

namespace Millrace.Planning.Simulation;

/// <summary>The virtual clock: requests come, steps end, and whatever lane then has nothing under way begins its next step. Nothing is random; equal workloads give equal runs, to the last bit.</summary>
/// <param name="lanes">All lanes.</param>
/// <param name="router">Chooses a lane for each request.</param>
/// <param name="workload">The requests.</param>
/// <param name="meter">Takes note of what they get.</param>
sealed class Simulator(IReadOnlyList<Lane> lanes, Router router, Workload workload, Meter meter)
{
    readonly PriorityQueue<Lane, (double Ends, int Index)> _steps = new(lanes.Count);
    readonly List<Lane> _ready = [];
    readonly List<Flight> _done = [];

    /// <summary>The time.</summary>
    public double Now { get; private set; }

    /// <summary>Runs until all requests are complete.</summary>
    public void Run()
    {
        while (Advance())
        {
        }
    }

    /// <summary>Runs to the next time at which anything happens; false where nothing does any more.</summary>
    public bool Advance()
    {
        double step = _steps.TryPeek(out _, out (double Ends, int) first) ? first.Ends : double.PositiveInfinity;
        double now = Math.Min(step, workload.Next);
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
            _ready.Add(lane);
        }

        foreach (Flight flight in _done)
        {
            meter.Complete(flight);
            workload.Complete(now);
        }

        _done.Clear();
        while (workload.Next <= now)
        {
            Arrive(now);
        }

        foreach (Lane lane in _ready)
        {
            if (!lane.Busy && lane.Begin(now))
            {
                _steps.Enqueue(lane, (lane.Ends, lane.Index));
            }
        }

        return true;
    }

    void Arrive(double now)
    {
        double arrival = workload.Next;
        Flight flight = new(meter.Arrive(), workload.Take(), arrival);
        Lane lane = router.Choose(flight.Request);
        if (!lane.Add(flight))
        {
            meter.Reject();
            workload.Complete(now);
        }
        else if (!lane.Busy)
        {
            _ready.Add(lane); // perhaps once more: a lane that is busy by then is left alone
        }
    }
}
