using Millrace.Scheduling;

namespace Millrace.Planning.Simulation;

/// <summary>Takes note of what requests get.</summary>
/// <param name="targets">What requests of a class should keep.</param>
/// <param name="from">The number of the first request that counts; what came before fills the fleet.</param>
sealed class Meter(Func<ServiceClass, Targets> targets, long from = 0)
{
    /// <summary>How many classes there are.</summary>
    public const int ClassCount = (int)ServiceClass.Realtime + 1;

    readonly Latencies[] _classes = [.. Enumerable.Range(0, ClassCount).Select(index => new Latencies((ServiceClass)index, targets((ServiceClass)index)))];

    /// <summary>The classes, by their number.</summary>
    public IReadOnlyList<Latencies> Classes => _classes;

    /// <summary>Requests that came.</summary>
    public long Arrived { get; private set; }

    /// <summary>Requests that could never fit.</summary>
    public long Rejected { get; private set; }

    /// <summary>Requests that are complete, and count.</summary>
    public long Completed { get; private set; }

    /// <summary>Tokens of prompts of requests that are complete.</summary>
    public long InputTokens { get; private set; }

    /// <summary>Tokens of answers so far, complete or not.</summary>
    public long OutputTokens { get; private set; }

    /// <summary>The next request's number.</summary>
    public long Arrive() => Arrived++;

    /// <summary>A request that fits nowhere.</summary>
    public void Reject() => Rejected++;

    /// <summary>A request got a token.</summary>
    /// <param name="flight">The request.</param>
    /// <param name="now">The time.</param>
    /// <param name="previous">When the step before ended: who got a token then too has the common gap.</param>
    /// <param name="common">By class, how many have it; the caller adds them.</param>
    public void Token(Flight flight, double now, double previous, Span<int> common)
    {
        OutputTokens++;
        if (flight.Tokens++ == 0)
        {
            flight.First = now;
        }
        else if (flight.Id >= from)
        {
            int index = (int)flight.Request.Class;
            if (flight.Last == previous)
            {
                common[index]++;
            }
            else
            {
                _classes[index].Itl.Add(now - flight.Last);
            }
        }

        flight.Last = now;
    }

    /// <summary>Adds gaps that requests have in common.</summary>
    public void Gaps(double seconds, ReadOnlySpan<int> common)
    {
        for (int i = 0; i < common.Length; i++)
        {
            if (common[i] > 0)
            {
                _classes[i].Itl.Add(seconds, common[i]);
            }
        }
    }

    /// <summary>A request is complete.</summary>
    public void Complete(Flight flight)
    {
        InputTokens += flight.Request.InputTokens;
        if (flight.Id >= from)
        {
            Completed++;
            _classes[(int)flight.Request.Class].Add(flight);
        }
    }
}
