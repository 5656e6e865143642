using System.Globalization;
using Millrace.Planning.Simulation;
using Millrace.Scheduling;

namespace Millrace.Cli.Simulation;

/// <summary>Reads service levels such as <c>ttft:500 tpot:50 realtime.tpot:25</c>: milliseconds, of all classes or of one.</summary>
static class TargetTexts
{
    /// <summary>The targets of a class: its own, or else those of all.</summary>
    /// <exception cref="UsageException">A text is no limit, or is there twice.</exception>
    public static Func<ServiceClass, Targets> Parse(string option, IReadOnlyList<string> texts)
    {
        Dictionary<(ServiceClass? Class, string Name), double> limits = [];
        foreach (string text in texts.SelectMany(list => list.Split(',', StringSplitOptions.RemoveEmptyEntries)))
        {
            string[] parts = text.Split(':');
            string[] names = parts[0].Split('.');
            ServiceClass of = default;
            bool valid = parts.Length == 2 && names[^1] is "ttft" or "tpot" or "e2el"
                && (names.Length == 1 || names.Length == 2 && char.IsAsciiLetter(names[0].FirstOrDefault()) && Enum.TryParse(names[0], ignoreCase: true, out of));
            if (!valid || !double.TryParse(parts[1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double limit) || !(limit > 0))
            {
                throw new UsageException($"{option}: expected ttft:MS, tpot:MS or e2el:MS, as wanted behind realtime., standard. or batch., found '{text}'");
            }

            if (!limits.TryAdd((names.Length == 2 ? of : null, names[^1]), limit / 1e3))
            {
                throw new UsageException($"{option}: {parts[0]} is there twice");
            }
        }

        return of => new Targets(Limit(of, "ttft"), Limit(of, "tpot"), Limit(of, "e2el"));

        double Limit(ServiceClass of, string name) =>
            limits.TryGetValue((of, name), out double own) || limits.TryGetValue((null, name), out own) ? own : double.PositiveInfinity;
    }

    /// <summary>Targets in words: "TTFT ≤ 500 ms, TPOT ≤ 50 ms"; "" where there are none.</summary>
    public static string Words(Targets targets) => string.Join(", ", new[] { ("TTFT", targets.Ttft), ("TPOT", targets.Tpot), ("E2E", targets.E2e) }
        .Where(limit => double.IsFinite(limit.Item2))
        .Select(limit => $"{limit.Item1} ≤ {Millrace.Planning.Units.Time(limit.Item2)}"));
}
