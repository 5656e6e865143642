using System.Globalization;

namespace Millrace.Planning.Plans;

/// <summary>What a plan is to reach. Several hold together; what is null is not asked.</summary>
/// <param name="SecondsPerToken">Each user waits at most so long for each token.</param>
/// <param name="Users">So many users at once.</param>
/// <param name="DollarsPerMillion">A million output tokens cost at most so much.</param>
public sealed record PlanTarget(double? SecondsPerToken = null, int? Users = null, double? DollarsPerMillion = null)
{
    /// <summary>As fast as people read: 50 ms for each token.</summary>
    public static PlanTarget Default { get; } = new(0.05);

    /// <summary>Whether anything is asked.</summary>
    public bool IsEmpty => this is { SecondsPerToken: null, Users: null, DollarsPerMillion: null };

    /// <summary>Reads a time for each token: <c>50ms/token</c>, <c>0.05s/token</c>, <c>20tok/s</c>; <c>/token</c> may be left out.</summary>
    public static bool TryParseTokenTime(string text, out double seconds)
    {
        string spelling = text.Trim().ToLowerInvariant().Replace(" ", "", StringComparison.Ordinal);
        (string Unit, Func<double, double> Seconds)[] units =
        [
            ("tokens/s", static value => 1 / value), ("tok/s", static value => 1 / value), ("us/token", static value => value * 1e-6), ("ms/token", static value => value * 1e-3),
            ("s/token", static value => value), ("us", static value => value * 1e-6), ("ms", static value => value * 1e-3), ("s", static value => value),
        ];
        foreach ((string unit, Func<double, double> toSeconds) in units)
        {
            if (spelling.EndsWith(unit, StringComparison.Ordinal))
            {
                seconds = double.TryParse(spelling[..^unit.Length], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value > 0 ? toSeconds(value) : 0;
                return seconds > 0 && double.IsFinite(seconds);
            }
        }

        seconds = 0;
        return false;
    }

    /// <summary>In words: "50 ms/token, 200 users".</summary>
    public override string ToString() => string.Join(", ", new[]
    {
        SecondsPerToken is { } seconds ? $"{Units.Time(seconds)}/token" : null,
        Users is { } users ? string.Create(CultureInfo.InvariantCulture, $"{users} users") : null,
        DollarsPerMillion is { } dollars ? $"{Units.Dollars(dollars)}/1M output tokens" : null,
    }.Where(static part => part is not null));
}
