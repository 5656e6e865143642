namespace Millrace.Planning.Simulation;

/// <summary>Chooses who computes a request.</summary>
abstract class Router
{
    /// <summary>The lane for a request.</summary>
    public abstract Lane Choose(PlannedRequest request);
}

/// <summary>The lane with the fewest tokens still to compute or make; the first of equals.</summary>
sealed class LeastLoaded(IReadOnlyList<Lane> lanes) : Router
{
    /// <inheritdoc/>
    public override Lane Choose(PlannedRequest request)
    {
        Lane least = lanes[0];
        for (int i = 1; i < lanes.Count; i++)
        {
            least = lanes[i].Load < least.Load ? lanes[i] : least;
        }

        return least;
    }
}
