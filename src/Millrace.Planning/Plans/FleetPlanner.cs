using System.Globalization;
using Millrace.Planning.Costs;
using Millrace.Planning.Hardware;
using Millrace.Planning.Models;
using Millrace.Planning.Simulation;

namespace Millrace.Planning.Plans;

/// <summary>Finds the cheapest fleets that keep targets under a load. A closed form says how few replicas could do at best, so what is cheapest at best is simulated first, and what at best costs more than a fleet that was found is not simulated at all.</summary>
/// <param name="costs">Prices the steps of a deployment; it may refuse one with a <see cref="PlanningException"/>.</param>
public sealed class FleetPlanner(Func<Deployment, ICostModel> costs)
{
    const int MostTries = 12; // of numbers of replicas
    const double Doubt = 1.25; // by which the closed form may be wrong without a fleet being missed
    const double MostLate = 2; // times the rate that it serves, where a load ends soon enough

    /// <summary>Searches.</summary>
    /// <param name="request">What for.</param>
    /// <param name="simulated">Hears of each fleet that was simulated.</param>
    /// <param name="cancellation">Ends the search early.</param>
    /// <exception cref="PlanningException">Nothing can be searched; the reason is named.</exception>
    public FleetSearch Search(FleetRequest request, Action<FleetOffer>? simulated = null, CancellationToken cancellation = default)
    {
        Load load = new(request.Load);
        Refusals refused = new();
        List<Entry> entries = [];
        foreach (DeviceSpec device in request.Devices)
        {
            foreach (ModelWork model in request.Models)
            {
                entries.AddRange(Entries(device, model, load, request, refused));
            }
        }

        Dictionary<string, FleetOffer> best = [];
        List<FleetOffer> all = [];
        foreach (Entry entry in entries.OrderBy(static entry => entry.LeastDollars).ThenBy(static entry => entry.Chips).ThenBy(static entry => entry.Batch))
        {
            // A fleet that is no dearer than what is known of its kind, and may be among the offers.
            double known = best.TryGetValue(entry.Name, out FleetOffer? own) ? own.DollarsPerHour
                : best.Count >= request.Offers ? best.Values.Select(static offer => offer.DollarsPerHour).Order().ElementAt(request.Offers - 1)
                : double.PositiveInfinity;
            if (entry.LeastDollars >= known)
            {
                refused.Add(entry.Name, entry.Device, Refusal.Dearer, $"dearer than the offers: {Units.Dollars(entry.LeastDollars)}/h or more");
            }
            else if (Cheapest(entry, load, request, known, Simulate, refused) is { } offer)
            {
                best[entry.Name] = offer;
            }
        }

        FleetOffer[] offers = [.. best.Values.OrderBy(static offer => offer.DollarsPerHour).ThenBy(static offer => offer.Tpot).Take(request.Offers)];
        return new FleetSearch(offers, all, entries.Count, refused.Except(best.Keys));

        FleetOffer Simulate(Entry entry, int replicas)
        {
            FleetOptions options = new()
            {
                Groups = [new ReplicaGroup(entry.Cost, replicas, entry.Dollars)],
                MaxSequences = entry.Batch,
                StepTokens = request.StepTokens,
                Router = request.Router,
                UsualTokens = load.Input + load.Output,
                LongTokens = load.Longest,
            };
            FleetResult result = new Fleet(options).Run(request.Load, cancellation);
            FleetOffer offer = new(options, result, request.Percent, result.Rejected == 0 && request.Targets.AreKept(
                result.Ttft.Percentile(request.Percent), result.Tpot.Percentile(request.Percent), result.E2e.Percentile(request.Percent)));
            all.Add(offer);
            simulated?.Invoke(offer);
            return offer;
        }
    }

    // Replicas of a device that could serve the load at all, with how few of them could at best.
    List<Entry> Entries(DeviceSpec device, ModelWork model, Load load, FleetRequest request, Refusals refused)
    {
        string name = $"{device.Id} {model.Weights}";
        PlanRequest plan = new(model, load.Input, load.Output, new PlanTarget()) { Engine = request.Engine, DollarsPerHour = request.DollarsPerHour };
        double? price = Plan.PriceOf(device, plan);
        if ((DeviceChecks.WhyNot(device) ?? (price is null ? "no price is known" : null)) is { } reason)
        {
            refused.Add(name, device.Id, Refusal.Unusable, reason);
            return [];
        }

        List<Entry> entries = [];
        refused.Add(name, device.Id, Refusal.Unfit, $"no division of {model.Name} {model.Weights.ToString().ToLowerInvariant()} fits");
        try
        {
            foreach (Parallelism parallel in Layouts.Groups(device, plan).SelectMany(static group => group).Where(parallel => parallel.Chips <= request.MostChips))
            {
                AddEntries(new Deployment(model, device, parallel, request.Engine), name, price!.Value, load, request, entries, refused);
            }
        }
        catch (PlanningException exception)
        {
            refused.Add(name, device.Id, Refusal.Unusable, exception.Message);
        }

        return entries;
    }

    void AddEntries(Deployment deployment, string name, double price, Load load, FleetRequest request, List<Entry> entries, Refusals refused)
    {
        SteadyState state;
        try
        {
            state = new SteadyState(costs(deployment), load.Input, load.Output);
        }
        catch (PlanningException exception)
        {
            refused.Add(name, deployment.Device.Id, Refusal.Unusable, exception.Message);
            return;
        }

        if (state.Capacity == 0)
        {
            return;
        }

        if (state.Ttft > request.Targets.Ttft || state.At(1).Tpot > request.Targets.Tpot)
        {
            refused.Add(name, deployment.Device.Id, Refusal.Slow, $"alone on {Layouts.Name(deployment.Parallel)} a request has {Units.Time(state.Ttft)} to the first token and {Units.Time(state.At(1).Tpot)} per token");
            return;
        }

        foreach (int batch in request.Batches.Select(batch => Math.Min(batch, state.Capacity)).Distinct())
        {
            // A percentile of the times per token is not below a mean that they have: no more at once than keep it.
            double perSecond = state.At(state.LargestWithin(request.Targets.Tpot, batch)).TokensPerSecond / load.Output;
            // What comes faster than it is served piles up, and is served when the load is over: the shorter it is, the more may be late.
            double late = Math.Min(MostLate, 1 + request.Targets.Ttft / load.Seconds);
            double replicas = Math.Max(1, Math.Ceiling(load.Rate / (perSecond * Doubt * late)));
            double dollars = price * deployment.Parallel.Chips;
            if (replicas * deployment.Parallel.Chips <= request.MostChips)
            {
                entries.Add(new Entry(name, state.Cost, batch, (int)replicas, dollars));
            }
            else
            {
                refused.Add(name, deployment.Device.Id, Refusal.Many, string.Create(CultureInfo.InvariantCulture, $"needs {replicas * deployment.Parallel.Chips:0} chips or more, and {request.MostChips} are allowed"));
            }
        }
    }

    // More replicas are never worse: grow from the least number until the targets are kept, then halve the last stride.
    static FleetOffer? Cheapest(Entry entry, Load load, FleetRequest request, double known, Func<Entry, int, FleetOffer> simulate, Refusals refused)
    {
        int most = (int)Math.Min(Math.Min(request.MostChips / entry.Chips, load.Count), entry.Dollars > 0 && double.IsFinite(known) ? Math.Ceiling(known / entry.Dollars) - 1 : int.MaxValue);
        (int failed, int next, FleetOffer? found) = (entry.Replicas - 1, entry.Replicas, null);
        for (int tries = 0; tries < MostTries && failed + 1 <= most && (found is null || failed + 1 < found.Group.Count); tries++)
        {
            FleetOffer offer = simulate(entry, next);
            if (offer.MeetsTargets)
            {
                found = offer;
                next = (failed + next) / 2;
            }
            else
            {
                refused.Add(entry.Name, entry.Device, Refusal.Missed, string.Create(CultureInfo.InvariantCulture,
                    $"{next} × {Layouts.Name(entry.Cost.Deployment.Parallel)} have p{request.Percent:0.##} of {Units.Time(offer.Ttft)} to the first token and {Units.Time(offer.Tpot)} per token"));
                failed = next;
                next = found is null ? Math.Min(most, next + Math.Max(1, next / 3)) : (failed + found.Group.Count) / 2;
            }

            next = Math.Max(next, failed + 1);
        }

        return found;
    }

    // Later ones say more: the division with them was looked at more closely.
    enum Refusal
    {
        Unfit,
        Unusable,
        Slow,
        Many,
        Dearer,
        Missed,
    }

    /// <summary>Why a device with a precision is no offer, one reason of each.</summary>
    sealed class Refusals
    {
        readonly Dictionary<string, (string Device, Refusal Kind, string Reason)> _reasons = [];

        public void Add(string name, string device, Refusal kind, string reason)
        {
            if (!_reasons.TryGetValue(name, out (string, Refusal Kind, string) known) || kind > known.Kind || kind == Refusal.Missed)
            {
                _reasons[name] = (device, kind, reason);
            }
        }

        /// <summary>A line for each reason, behind the devices that have it.</summary>
        public IReadOnlyList<string> Except(IReadOnlyCollection<string> names) =>
            [.. _reasons.Where(entry => !names.Contains(entry.Key)).GroupBy(static entry => entry.Value.Reason, static entry => entry.Value.Device)
                .Select(static reason => $"{string.Join(", ", reason.Distinct())}: {reason.Key}")];
    }

    /// <summary>A load in a few numbers.</summary>
    sealed class Load
    {
        public Load(IReadOnlyList<PlannedRequest> requests)
        {
            Count = requests.Count;
            if (Count < 2 || !(requests[^1].Arrival - requests[0].Arrival > 0))
            {
                throw new PlanningException("a fleet is planned for a load with a rate: at least two requests that do not come at once");
            }

            Input = (int)Math.Ceiling(requests.Average(static request => (double)request.InputTokens));
            Output = (int)Math.Ceiling(requests.Average(static request => (double)request.OutputTokens));
            Longest = requests.Max(static request => request.InputTokens + request.OutputTokens);
            Seconds = requests[^1].Arrival!.Value - requests[0].Arrival!.Value;
            Rate = (Count - 1) / Seconds;
        }

        public int Count { get; }

        public int Longest { get; }

        public int Input { get; }

        public int Output { get; }

        public double Rate { get; }

        public double Seconds { get; }
    }

    /// <summary>A replica with a bound on its sequences, and how few could do at best.</summary>
    sealed record Entry(string Name, ICostModel Cost, int Batch, int Replicas, double Dollars)
    {
        public string Device => Cost.Deployment.Device.Id;

        public int Chips => Cost.Deployment.Parallel.Chips;

        public double LeastDollars => Replicas * Dollars;
    }
}
