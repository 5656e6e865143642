namespace Millrace.Planning.Simulation;

/// <summary>Deals requests to lanes.</summary>
sealed class Router(IReadOnlyList<Lane> lanes, RouterPolicy policy)
{
    int _next;

    /// <summary>The lane for a request; the first of equals.</summary>
    public Lane Choose(Flight flight)
    {
        switch (policy)
        {
            case RouterPolicy.RoundRobin:
                return lanes[_next++ % lanes.Count];
            case RouterPolicy.Session:
                return lanes[(int)(PromptTokens.Mix(flight.Request.Session ?? Beginning(flight.Request)) % (ulong)lanes.Count)];
            default:
                return Least(flight);
        }
    }

    Lane Least(Flight flight)
    {
        Lane least = lanes[0];
        double score = double.PositiveInfinity;
        for (int i = 0; i < lanes.Count; i++)
        {
            Lane lane = lanes[i];
            double own = policy switch
            {
                RouterPolicy.LeastKv => lane.Waiting + lane.HeldKv,
                RouterPolicy.Prefix => lane.Load - lane.Cached(flight),
                _ => lane.Load,
            };
            (least, score) = own < score ? (lane, own) : (least, score);
        }

        return least;
    }

    // Where nothing says what session it is: how the prompt begins. Of many parts the first may be what all begin with.
    static ulong Beginning(PlannedRequest request) => request.Parts[request.Parts.Length > 2 ? 1 : 0].Seed;
}
