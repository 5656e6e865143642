namespace Millrace.Planning.Article;

/// <summary>By which figures a verdict is given. The tests hold every finding to its rule.</summary>
static class Rules
{
    /// <summary>Measurements of the same thing differ by as much.</summary>
    public const double Near = 1.15;

    /// <summary>Beyond this factor a figure is another one.</summary>
    public const double Far = 1.5;

    /// <summary>A figure against those that were measured: it holds within 15 % of their span, in part within half as much again.</summary>
    public static Verdict Against(double claimed, params IReadOnlyList<double> measured) => measured.Count == 0 ? Verdict.NotTestable
        : claimed >= measured.Min() / Near && claimed <= measured.Max() * Near ? Verdict.Holds
        : claimed >= measured.Min() / Far && claimed <= measured.Max() * Far ? Verdict.Partly
        : Verdict.Wrong;

    /// <summary>A time or a cost, for which there is a least: below it the claim is impossible.</summary>
    public static Verdict NotBelow(double claimed, double least, params IReadOnlyList<double> measured) => claimed < least ? Verdict.Impossible : Against(claimed, measured);

    /// <summary>A figure of a data sheet against ours: it holds within 3 %, in part within 15 %.</summary>
    public static Verdict Same(double claimed, double known) => Math.Abs(claimed / known - 1) switch
    {
        <= 0.03 => Verdict.Holds,
        <= 0.15 => Verdict.Partly,
        _ => Verdict.Wrong,
    };

    /// <summary>A range against the range that was found: it holds if it contains that, in part if they meet.</summary>
    public static Verdict Range(double low, double high, double foundLow, double foundHigh) =>
        foundLow >= low / Near && foundHigh <= high * Near ? Verdict.Holds
        : foundLow <= high && foundHigh >= low ? Verdict.Partly
        : Verdict.Wrong;

    /// <summary>A limit that all, some or none of the figures keep.</summary>
    public static Verdict Below(double limit, params IReadOnlyList<double> measured) => measured.Count == 0 ? Verdict.NotTestable
        : measured.All(value => value <= limit) ? Verdict.Holds
        : measured.Any(value => value <= limit) ? Verdict.Partly
        : Verdict.Wrong;

    /// <summary>A limit that all, some or none of the figures are above.</summary>
    public static Verdict Above(double limit, params IReadOnlyList<double> measured) => measured.Count == 0 ? Verdict.NotTestable
        : measured.All(value => value > limit) ? Verdict.Holds
        : measured.Any(value => value > limit) ? Verdict.Partly
        : Verdict.Wrong;
}
