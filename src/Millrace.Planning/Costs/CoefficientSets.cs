using Millrace.Planning.Hardware;

namespace Millrace.Planning.Costs;

/// <summary>Coefficients of kinds of device and groups of engines, of engines, and of devices with engines.</summary>
sealed class CoefficientSets
{
    const double BasePull = 0.1, SetPull = 0.3;

    // What tables of benchmarks whose way to measure is known say; others follow from them by correction.
    const string KnownProtocol = "random";

    readonly SortedDictionary<string, CoefficientSet> _sets = new(StringComparer.Ordinal);

    /// <summary>What engines on accelerators typically reach, by what has been published of them: a fifth over the bandwidth's time, half of the peak for prompts, some microseconds for each round of a collective, 40 µs a layer.</summary>
    public static Terms Typical { get; } = Terms.Of([1.2, 0.8, 2, 1, 0.5, 1.8, 2, 0.4, 0.1, 0.5, 0.1, 0.2, 0.5, 2, 0.1]);

    /// <summary>The sets by name.</summary>
    public IReadOnlyDictionary<string, CoefficientSet> Sets => _sets;

    /// <summary>The base of an observation's prediction: one set for a kind of device and a group of engines.</summary>
    public Terms BaseOf(Observation observation) => _sets.TryGetValue(NameOfBase(observation), out CoefficientSet? set) ? set.Coefficients : Typical;

    /// <summary>The set that is nearest to a device and an engine.</summary>
    public CoefficientSet Nearest(DeviceSpec device, string engine) =>
        _sets.TryGetValue(SetName(device.Kind, engine, device.Id), out CoefficientSet? set) || _sets.TryGetValue(SetName(device.Kind, engine, ""), out set) || _sets.TryGetValue(BaseName(device.Kind, engine), out set)
            ? set
            : new CoefficientSet(0, Typical);

    /// <summary>Fits all sets: bases towards what is typical, engines towards their base, devices towards their engine.</summary>
    public static CoefficientSets Fit(IReadOnlyList<Observation> observations)
    {
        CoefficientSets fitted = new();
        Observation[] times = Times(observations);
        fitted.AddBases(times);
        foreach (IGrouping<string, Observation> group in Groups(times, static observation => SetName(KindOf(observation), observation.Scenario.Engine, "")))
        {
            Observation first = group.First();
            fitted._sets[group.Key] = Fit([.. group], fitted.BaseOf(first), SetPull);
        }

        foreach (IGrouping<string, Observation> group in Groups(times, static observation => SetName(KindOf(observation), observation.Scenario.Engine, observation.Scenario.Deployment.Device.Id)))
        {
            Observation first = group.First();
            fitted._sets[group.Key] = Fit([.. group], fitted._sets[SetName(KindOf(first), first.Scenario.Engine, "")].Coefficients, SetPull);
        }

        return fitted;
    }

    /// <summary>Fits the bases that some observations have, without them; other bases stay as they are.</summary>
    /// <param name="observations">All others.</param>
    /// <param name="fitted">Sets fitted to all.</param>
    /// <param name="without">The observations that are held out.</param>
    public static CoefficientSets FitBases(IReadOnlyList<Observation> observations, CoefficientSets fitted, IReadOnlyCollection<Observation> without)
    {
        CoefficientSets sets = Of(fitted._sets);
        HashSet<string> names = [.. without.Select(NameOfBase)];
        foreach (string name in names)
        {
            sets._sets.Remove(name);
        }

        sets.AddBases(Times(observations.Where(observation => names.Contains(NameOfBase(observation)))));
        return sets;
    }

    /// <summary>Coefficients of a device with an engine from some of its measurements, drawn to the base.</summary>
    /// <param name="known">The measurements.</param>
    /// <param name="like">One of the pair.</param>
    public Terms FitPair(IReadOnlyList<Observation> known, Observation like)
    {
        Terms near = BaseOf(like);
        Observation[] times = Times(known);
        return times.Length > 0 ? Fit(times, near, SetPull).Coefficients : near;
    }

    /// <summary>Sets that were stored.</summary>
    public static CoefficientSets Of(IEnumerable<KeyValuePair<string, CoefficientSet>> stored)
    {
        CoefficientSets sets = new();
        foreach ((string name, CoefficientSet set) in stored)
        {
            sets._sets[name] = set;
        }

        return sets;
    }

    void AddBases(Observation[] times)
    {
        foreach (IGrouping<string, Observation> group in Groups(times, NameOfBase))
        {
            _sets[group.Key] = Fit([.. group], Typical, BasePull);
        }
    }

    static Observation[] Times(IEnumerable<Observation> observations) =>
        [.. observations.Where(static observation => observation.Quantity.Kind is QuantityKind.Token or QuantityKind.First or QuantityKind.Cycle && double.IsFinite(observation.Measured))];

    static string NameOfBase(Observation observation) => BaseName(KindOf(observation), observation.Scenario.Engine);

    static IEnumerable<IGrouping<string, Observation>> Groups(Observation[] times, Func<Observation, string> name) => times.GroupBy(name).OrderBy(static group => group.Key, StringComparer.Ordinal);

    static CoefficientSet Fit(Observation[] all, in Terms near, double pull)
    {
        Observation[] known = [.. all.Where(static observation => observation.Scenario.Protocol == KnownProtocol)];
        Observation[] rows = known.Length > 0 ? known : all;
        Terms coefficients = NonNegativeFit.Fit(
            [.. rows.Select(static row => row.Time)],
            [.. rows.Select(static row => row.Measured)],
            [.. rows.Select(static row => row.Quantity.Kind == QuantityKind.First ? 0.3 : row.Quantity.Kind == QuantityKind.Cycle ? 0.5 : 1.0)],
            [.. rows.Select(static row => row.Quantity.Kind == QuantityKind.First ? 0.15 : 0.05)],
            near,
            pull);
        return new CoefficientSet(all.Length, coefficients);
    }

    static DeviceKind KindOf(Observation observation) => observation.Scenario.Deployment.Device.Kind;

    static string BaseName(DeviceKind kind, string engine) => $"{Name(kind)}/{EngineName.GroupOf(engine)}";

    static string SetName(DeviceKind kind, string engine, string device) => $"{Name(kind)}/{EngineName.GroupOf(engine)}/{engine}/{device}";

    static string Name(DeviceKind kind) => kind.ToString().ToLowerInvariant();
}

/// <summary>Coefficients with how many measurements gave them.</summary>
/// <param name="Points">Measurements of the set's own.</param>
/// <param name="Coefficients">One for each term.</param>
sealed record CoefficientSet(int Points, Terms Coefficients);
