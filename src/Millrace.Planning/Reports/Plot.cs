namespace Millrace.Planning.Reports;

/// <summary>A figure of lines and points over two axes.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="X">Across.</param>
/// <param name="Y">Up.</param>
/// <param name="Series">What is drawn; later ones lie above.</param>
/// <param name="Caption">A sentence below that says how to read it, or null.</param>
public sealed record Plot(string Title, PlotAxis X, PlotAxis Y, IReadOnlyList<PlotSeries> Series, string? Caption = null);

/// <summary>An axis.</summary>
/// <param name="Label">What it counts, with its unit.</param>
/// <param name="IsLog">Whether equal distances are equal factors; then only values above 0 are drawn.</param>
public sealed record PlotAxis(string Label, bool IsLog = false);

/// <summary>How a series is drawn.</summary>
public enum PlotStyle
{
    /// <summary>A line through its points, which are marked.</summary>
    Line,

    /// <summary>A line alone.</summary>
    PlainLine,

    /// <summary>A thin line alone, for what is there to be compared with.</summary>
    Thin,

    /// <summary>A broken line alone.</summary>
    Dashed,

    /// <summary>Points alone.</summary>
    Points,

    /// <summary>Points that must be seen first.</summary>
    Marked,
}

/// <summary>Points that belong together.</summary>
/// <param name="Name">What the legend says; "" for none.</param>
/// <param name="Color">Which colour of the palette, from 0; they repeat after eight.</param>
/// <param name="Style">How it is drawn.</param>
/// <param name="Points">In the order in which a line joins them.</param>
public sealed record PlotSeries(string Name, int Color, PlotStyle Style, IReadOnlyList<PlotPoint> Points);

/// <summary>A point. Those that are not finite, or not above 0 on a logarithmic axis, are left out.</summary>
/// <param name="X">Across.</param>
/// <param name="Y">Up.</param>
/// <param name="Label">What is written beside it, or null.</param>
/// <param name="Hint">What a pointer over it shows, or null.</param>
public sealed record PlotPoint(double X, double Y, string? Label = null, string? Hint = null)
{
    /// <summary>The least that it may be; null for no error band.</summary>
    public double? Low { get; init; }

    /// <summary>The most that it may be; null for no error band.</summary>
    public double? High { get; init; }
}
