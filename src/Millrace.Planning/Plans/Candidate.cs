using System.Globalization;

namespace Millrace.Planning.Plans;

/// <summary>A division of a model with the batch that serves a target best, comparable with others on the same device: the better one is less.</summary>
sealed class Candidate : IComparable<Candidate>
{
    readonly double _score;

    Candidate(SteadyState state, OperatingPoint point, int replicas, PlanRequest request, double price)
    {
        (State, Point, Replicas) = (state, point, replicas);
        Missed = WhatIsMissed(request.Target, point, Plan.Split(price * ReplicaChips, point, state).Output);
        _score = Score(state, point, replicas, request, price, Missed);
    }

    /// <summary>The replica.</summary>
    public SteadyState State { get; }

    /// <summary>How it runs.</summary>
    public OperatingPoint Point { get; }

    /// <summary>How many there are.</summary>
    public int Replicas { get; }

    /// <summary>Chips in all.</summary>
    public int Chips => ReplicaChips * Replicas;

    /// <summary>Which target is missed, or null.</summary>
    public string? Missed { get; }

    int ReplicaChips => State.Cost.Deployment.Parallel.Chips;

    /// <summary>Chooses the batch of a replica in which at least one sequence fits.</summary>
    /// <returns>Null where what was asked is beyond its capacity; <paramref name="refused"/> says so.</returns>
    public static Candidate? Of(SteadyState state, PlanRequest request, double price, out string refused)
    {
        (int chips, int replicas, PlanTarget target) = (state.Cost.Deployment.Parallel.Chips, 1, request.Target);
        if (request.Count is { } count)
        {
            replicas = count / chips;
        }

        int batch = request.Batch ?? (target.Users is { } users && request.Count is not null ? Ceiling(users, replicas) : 0);
        if (batch > state.Capacity)
        {
            refused = string.Create(CultureInfo.InvariantCulture, $"a batch of {batch} is beyond the {state.Capacity} sequences of {request.Context} tokens that fit a replica of {Layouts.Name(state.Cost.Deployment.Parallel)}");
            return null;
        }

        refused = "";
        batch = batch > 0 ? batch : target.SecondsPerToken is { } limit ? state.LargestWithin(limit, state.Largest) : state.Largest;
        if (target.Users is { } wanted && request.Count is null)
        {
            replicas = Ceiling(wanted, batch);
            batch = request.Batch ?? Ceiling(wanted, replicas);
        }
        else if (target.DollarsPerMillion is { } budget && request.Batch is null)
        {
            batch = First(1, batch, candidate => Plan.Split(price * chips, state.At(candidate), state).Output <= budget);
        }

        return new Candidate(state, state.At(batch), replicas, request, price);
    }

    /// <inheritdoc/>
    public int CompareTo(Candidate? other) => other is null ? -1 : (Missed is not null, _score, Point.Tpot, Chips).CompareTo((other.Missed is not null, other._score, other.Point.Tpot, other.Chips));

    /// <summary>What is to be small: the price of a token, or of the fleet, or the time of a token, as the target asks; where it is missed, what is missed first.</summary>
    public static double Score(SteadyState state, OperatingPoint point, int replicas, PlanRequest request, double price, string? missed)
    {
        PlanTarget target = request.Target;
        double hour = price * state.Cost.Deployment.Parallel.Chips;
        if (missed is not null)
        {
            return point.Tpot > target.SecondsPerToken ? point.Tpot : Plan.Split(hour, point, state).Output;
        }

        return target.IsEmpty || target.DollarsPerMillion is not null ? point.Tpot : target.Users is not null ? hour * replicas : Plan.Split(hour, point, state).Output;
    }

    static string? WhatIsMissed(PlanTarget target, OperatingPoint point, double dollars)
    {
        if (point.Tpot > target.SecondsPerToken)
        {
            return string.Create(CultureInfo.InvariantCulture, $"misses {Units.Time(target.SecondsPerToken.Value)}/token: {Units.Time(point.Tpot)} at batch {point.Batch}");
        }

        return dollars > target.DollarsPerMillion ? string.Create(CultureInfo.InvariantCulture, $"misses {Units.Dollars(target.DollarsPerMillion.Value)}/1M output tokens: {Units.Dollars(dollars)} at batch {point.Batch}") : null;
    }

    // The first number that holds, of numbers that hold from one on; the last one where none does.
    static int First(int low, int high, Func<int, bool> holds)
    {
        while (low < high)
        {
            int middle = low + ((high - low) / 2);
            (low, high) = holds(middle) ? (low, middle) : (middle + 1, high);
        }

        return low;
    }

    static int Ceiling(int a, int b) => (a + b - 1) / b;
}
