namespace Millrace.Planning.Simulation;

/// <summary>Takes the keys and values of computed prompts over a link to the lanes that answer. Each lane sends one after the other.</summary>
/// <param name="lanes">Those that answer.</param>
/// <param name="router">Deals requests to them when their keys and values are there.</param>
/// <param name="bytes">Bytes of a prompt of so many tokens.</param>
/// <param name="bytesPerSecond">Of one lane's link.</param>
/// <param name="latency">Seconds before the first byte is there.</param>
sealed class Handover(IReadOnlyList<Lane> lanes, Router router, Func<int, double> bytes, double bytesPerSecond, double latency)
{
    readonly PriorityQueue<Flight, (double Time, long Id)> _under = new();
    readonly Dictionary<int, double> _free = []; // when a lane's link is

    /// <summary>When the next is there; infinity where none is under way.</summary>
    public double Next => _under.TryPeek(out _, out (double Time, long) next) ? next.Time : double.PositiveInfinity;

    /// <summary>Whether a request can ever run there.</summary>
    public bool Fits(PlannedRequest request) => lanes[0].Fits(request);

    /// <summary>Sends what a lane has computed.</summary>
    public void Send(Flight flight, Lane from, double now)
    {
        double end = Math.Max(now, _free.GetValueOrDefault(from.Index)) + bytes(flight.Request.InputTokens) / bytesPerSecond;
        _free[from.Index] = end;
        _under.Enqueue(flight, (end + latency, flight.Id));
    }

    /// <summary>Hands in the next that is there; returns the lane that has it.</summary>
    public Lane Arrive()
    {
        Flight flight = _under.Dequeue();
        Lane lane = router.Choose(flight);
        lane.Receive(flight);
        return lane;
    }
}
