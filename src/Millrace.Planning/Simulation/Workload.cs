namespace Millrace.Planning.Simulation;

/// <summary>Where the requests of a simulation come from.</summary>
abstract class Workload
{
    /// <summary>When the next request comes, in seconds; infinity where none does for now.</summary>
    public abstract double Next { get; }

    /// <summary>Takes the next request.</summary>
    public abstract PlannedRequest Take();

    /// <summary>A request is complete: who waited for its answer may send another.</summary>
    public virtual void Complete(double now)
    {
    }
}

/// <summary>Requests that come at their times, whatever becomes of others.</summary>
sealed class OpenWorkload : Workload
{
    readonly IEnumerator<PlannedRequest> _requests;
    double _next;

    public OpenWorkload(IEnumerable<PlannedRequest> requests)
    {
        _requests = requests.GetEnumerator();
        Move();
    }

    /// <inheritdoc/>
    public override double Next => _next;

    /// <inheritdoc/>
    public override PlannedRequest Take()
    {
        PlannedRequest request = _requests.Current;
        Move();
        return request;
    }

    void Move()
    {
        double before = _next;
        _next = !_requests.MoveNext() ? double.PositiveInfinity
            : _requests.Current.Arrival ?? throw new PlanningException("a request of an open loop has no time of arrival");
        if (!(_next >= before))
        {
            throw new PlanningException($"requests must come in order of time: one at {_next} s follows one at {before} s");
        }
    }
}
