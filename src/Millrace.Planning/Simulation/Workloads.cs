using Millrace.Scheduling;

namespace Millrace.Planning.Simulation;

/// <summary>Makes loads out of lengths and traces. All are lazy, and equal for equal seeds.</summary>
public static class Workloads
{
    /// <summary>Requests at random times: a Poisson process, or bursts.</summary>
    /// <param name="requests">What is asked, in order.</param>
    /// <param name="rate">Requests per second.</param>
    /// <param name="burstiness">1 for a Poisson process, less for bursts; see <see cref="Arrivals"/>.</param>
    /// <param name="seed">The seed of the times.</param>
    public static IEnumerable<PlannedRequest> At(IEnumerable<PlannedRequest> requests, double rate, double burstiness, int seed)
    {
        Arrivals arrivals = new(rate, burstiness, seed);
        double time = 0;
        foreach (PlannedRequest request in requests)
        {
            time += arrivals.NextGap();
            yield return request with { Arrival = time };
        }
    }

    /// <summary>A trace so many times, one after the other, its times so many times as fast. Each time its prompts are others, which share with those of the same time what they shared.</summary>
    public static IEnumerable<PlannedRequest> Repeat(IEnumerable<PlannedRequest> trace, int times, double speed = 1)
    {
        PlannedRequest[] requests = [.. trace];
        double length = requests.Length < 2 ? 1 : requests[^1].Arrival!.Value * requests.Length / (requests.Length - 1); // with a usual gap behind the last
        for (int i = 0; i < times; i++)
        {
            ulong other = (ulong)i << 40;
            foreach (PlannedRequest request in requests)
            {
                yield return request with
                {
                    Arrival = (i * length + request.Arrival!.Value) / speed,
                    Parts = i == 0 ? request.Parts : Array.ConvertAll(request.Parts, part => part with { Seed = part.Seed ^ other }),
                    Session = request.Session ^ other,
                };
            }
        }
    }

    /// <summary>Gives requests classes at random.</summary>
    /// <param name="requests">The requests.</param>
    /// <param name="realtime">The part that is <see cref="ServiceClass.Realtime"/>.</param>
    /// <param name="batch">The part that is <see cref="ServiceClass.Batch"/>.</param>
    /// <param name="seed">The seed of the choice.</param>
    public static IEnumerable<PlannedRequest> Classed(IEnumerable<PlannedRequest> requests, double realtime, double batch, int seed)
    {
        Random random = new(seed);
        foreach (PlannedRequest request in requests)
        {
            double draw = random.NextDouble();
            yield return request with { Class = draw < realtime ? ServiceClass.Realtime : draw < realtime + batch ? ServiceClass.Batch : ServiceClass.Standard };
        }
    }
}
