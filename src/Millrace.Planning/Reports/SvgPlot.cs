using System.Globalization;
using System.Net;
using System.Text;

namespace Millrace.Planning.Reports;

/// <summary>Draws plots as SVG. Colours are those of <see cref="ReportStyle"/>, so that a figure follows the page, light or dark.</summary>
public sealed class SvgPlot
{
    const double Width = 640;
    const double Height = 400;
    const double Left = 62;
    const double Right = 18;
    const double Bottom = 48;
    const double LineHeight = 17;

    readonly StringBuilder _svg = new();
    readonly Plot _plot;
    readonly PointLabels _labels;
    readonly double _top;
    readonly Scale _x;
    readonly Scale _y;

    SvgPlot(Plot plot)
    {
        _plot = plot;
        List<(double X, string Text, PlotSeries Series, int Line)> legend = Legend(plot);
        _top = 12 + (legend.Count > 0 ? (legend[^1].Line + 1) * LineHeight : 0);
        PlotPoint[] points = [.. plot.Series.SelectMany(Drawn)];
        _x = new Scale(plot.X, [.. points.Select(point => point.X)], Left, Width - Right);
        _y = new Scale(plot.Y, [.. points.SelectMany(Extent).Where(value => Scale.Holds(plot.Y, value))], Height - Bottom, _top);
        _labels = new PointLabels(Left + 2, _top, Width - Right, Height - Bottom);
        WriteAxes();
        WriteLegend(legend);
        if (points.Length == 0)
        {
            Text((Left + Width - Right) / 2, (_top + Height - Bottom) / 2, "nothing to show", "middle", "soft");
        }
    }

    /// <summary>The figure as an element of a page that has the style of <see cref="ReportStyle"/>.</summary>
    public static string Element(Plot plot) => Draw(plot, "");

    /// <summary>The figure as a file of its own, with its title and style.</summary>
    public static string File(Plot plot) => Draw(plot, $"<style>{ReportStyle.ForPlots}</style><rect class=\"ground\" width=\"{Width}\" height=\"{Height}\"/>");

    static string Draw(Plot plot, string head)
    {
        SvgPlot drawing = new(plot);
        foreach (PlotSeries series in plot.Series)
        {
            drawing.WriteSeries(series, [.. drawing.Drawn(series)]);
        }

        // Labels last: they see where every point lies.
        foreach (PlotSeries series in plot.Series)
        {
            drawing.WriteLabels(series);
        }

        return $"<svg class=\"plot\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Escape(plot.Title)}\">{head}{drawing._svg}</svg>";
    }

    IEnumerable<PlotPoint> Drawn(PlotSeries series) => series.Points.Where(point => Scale.Holds(_plot.X, point.X) && Scale.Holds(_plot.Y, point.Y));

    static IEnumerable<double> Extent(PlotPoint point) => [point.Y, point.Low ?? point.Y, point.High ?? point.Y];

    void WriteAxes()
    {
        (double right, double floor) = (Width - Right, Height - Bottom);
        foreach (double tick in _x.Ticks())
        {
            double x = _x.At(tick);
            Add($"<path class=\"grid\" d=\"M{x:0.#} {_top:0.#}V{floor:0.#}\"/>");
            Text(x, floor + 16, Scale.Text(tick), "middle", "tick");
        }

        foreach (double tick in _y.Ticks())
        {
            double y = _y.At(tick);
            Add($"<path class=\"grid\" d=\"M{Left:0.#} {y:0.#}H{right:0.#}\"/>");
            Text(Left - 7, y + 4, Scale.Text(tick), "end", "tick");
        }

        Add($"<path class=\"axis\" d=\"M{Left:0.#} {_top:0.#}V{floor:0.#}H{right:0.#}\"/>");
        Text((Left + right) / 2, Height - 10, _plot.X.Label, "middle", "soft");
        Add($"<text class=\"soft\" text-anchor=\"middle\" transform=\"translate(14 {(_top + floor) / 2:0.#}) rotate(-90)\">{Escape(_plot.Y.Label)}</text>");
    }

    // Names from left to right, on as many lines as they need.
    static List<(double X, string Text, PlotSeries Series, int Line)> Legend(Plot plot)
    {
        List<(double, string, PlotSeries, int)> items = [];
        (double x, int line) = (Left, 0);
        foreach (PlotSeries series in plot.Series.Where(series => series.Name.Length > 0))
        {
            double width = 40 + PointLabels.Width(series.Name);
            if (x > Left && x + width > Width - Right)
            {
                (x, line) = (Left, line + 1);
            }

            items.Add((x, series.Name, series, line));
            x += width;
        }

        return items;
    }

    void WriteLegend(List<(double X, string Text, PlotSeries Series, int Line)> legend)
    {
        foreach ((double x, string text, PlotSeries series, int line) in legend)
        {
            double y = 10 + (line * LineHeight);
            string color = Color(series);
            if (series.Style is PlotStyle.Points or PlotStyle.Marked)
            {
                Add($"<circle class=\"{Class(series)} {color}\" cx=\"{x + 9:0.#}\" cy=\"{y:0.#}\" r=\"4\"/>");
            }
            else
            {
                Add($"<path class=\"{Class(series)} {color}\" d=\"M{x:0.#} {y:0.#}h18\"/>");
            }

            Text(x + 23, y + 4, text, "start", "name");
        }
    }

    void WriteSeries(PlotSeries series, PlotPoint[] points)
    {
        string color = Color(series);
        bool isLine = series.Style is PlotStyle.Line or PlotStyle.PlainLine or PlotStyle.Thin or PlotStyle.Dashed;
        if (isLine && points.Length > 1)
        {
            WriteBand(points, color);
            Add($"<path class=\"{Class(series)} {color}\" d=\"{Path(points.Select(point => (point.X, point.Y)))}\"/>");
        }

        foreach (PlotPoint point in points)
        {
            (double x, double y) = (_x.At(point.X), _y.At(point.Y));
            if (!isLine && point is { Low: { } low, High: { } high } && Scale.Holds(_plot.Y, low) && Scale.Holds(_plot.Y, high))
            {
                Add($"<path class=\"error {color}\" d=\"M{x:0.#} {_y.At(low):0.#}V{_y.At(high):0.#}m-4 0h8M{x - 4:0.#} {_y.At(low):0.#}h8\"/>");
            }

            if (series.Style is PlotStyle.PlainLine or PlotStyle.Thin or PlotStyle.Dashed)
            {
                continue;
            }

            string hint = point.Hint is null ? "" : $"<title>{Escape(point.Hint)}</title>";
            string radius = series.Style == PlotStyle.Marked ? "6" : series.Style == PlotStyle.Points ? "4.5" : "3";
            Add($"<circle class=\"{(series.Style == PlotStyle.Marked ? "marked" : "dot")} {color}\" cx=\"{x:0.#}\" cy=\"{y:0.#}\" r=\"{radius}\">{hint}</circle>");
            _labels.Occupy(x, y);
        }
    }

    void WriteBand(PlotPoint[] points, string color)
    {
        PlotPoint[] bounded = [.. points.Where(point => point is { Low: { } low, High: { } high } && Scale.Holds(_plot.Y, low) && Scale.Holds(_plot.Y, high))];
        if (bounded.Length > 1)
        {
            string high = Path(bounded.Select(point => (point.X, point.High!.Value)));
            string low = Path(bounded.Reverse().Select(point => (point.X, point.Low!.Value)));
            Add($"<path class=\"band {color}\" d=\"{high}L{low[1..]}Z\"/>");
        }
    }

    void WriteLabels(PlotSeries series)
    {
        foreach (PlotPoint point in Drawn(series))
        {
            if (point.Label is { } label && _labels.Place(_x.At(point.X), _y.At(point.Y), label) is { } at)
            {
                Text(at.X, at.Y, label, "start", series.Style == PlotStyle.Marked ? "label strong" : "label");
            }
        }
    }

    string Path(IEnumerable<(double X, double Y)> points) =>
        "M" + string.Join("L", points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{_x.At(point.X):0.#} {_y.At(point.Y):0.#}")));

    void Text(double x, double y, string text, string anchor, string style) =>
        Add($"<text class=\"{style}\" x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\">{Escape(text)}</text>");

    void Add(FormattableString text) => _svg.Append(text.ToString(CultureInfo.InvariantCulture));

    static string Color(PlotSeries series) => string.Create(CultureInfo.InvariantCulture, $"c{series.Color % 8}");

    static string Class(PlotSeries series) => series.Style switch
    {
        PlotStyle.Dashed => "line dashed",
        PlotStyle.Thin => "line thin",
        PlotStyle.Points => "dot",
        PlotStyle.Marked => "marked",
        _ => "line",
    };

    static string Escape(string text) => WebUtility.HtmlEncode(text);
}
