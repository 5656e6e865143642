using System.Globalization;
using System.Xml.Linq;
using Millrace.Planning.Reports;

namespace Millrace.Tests.Planning.Reports;

public class SvgPlotTests
{
    static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void Equal_factors_are_equal_distances_on_a_logarithmic_axis()
    {
        double[] x = [.. Circles(Of(true, (1, 5), (10, 5), (100, 5))).Select(point => point.X)];
        Assert.Equal(x[1] - x[0], x[2] - x[1], 0.2);
        Assert.True(x[0] < x[1]);
    }

    [Fact]
    public void Equal_steps_are_equal_distances_on_a_linear_axis_and_up_is_up()
    {
        (double X, double Y)[] points = [.. Circles(Of(false, (1, 0), (2, 10), (3, 20)))];
        Assert.Equal(points[1].Y - points[0].Y, points[2].Y - points[1].Y, 0.2);
        Assert.True(points[0].Y > points[2].Y);
    }

    [Fact]
    public void Values_that_an_axis_cannot_show_are_left_out()
    {
        Assert.Equal(2, Circles(Of(true, (0, 1), (-3, 1), (double.NaN, 1), (1, double.PositiveInfinity), (2, 3), (4, 5))).Count());
        Assert.Contains("nothing to show", SvgPlot.Element(Of(true, (0, 1))), StringComparison.Ordinal);
    }

    [Fact]
    public void One_point_lies_within_the_frame()
    {
        (double x, double y) = Assert.Single(Circles(Of(true, (7, 7))));
        Assert.InRange(x, 62, 622);
        Assert.InRange(y, 12, 352);
    }

    [Fact]
    public void An_error_band_surrounds_its_line()
    {
        PlotPoint[] points = [new(1, 10) { Low = 5, High = 20 }, new(2, 10) { Low = 5, High = 20 }];
        XElement svg = Parse(new Plot("", new PlotAxis("x"), new PlotAxis("y"), [new PlotSeries("s", 0, PlotStyle.Line, points)]));
        string band = Path(svg, "band");
        double[] heights = [.. band.Trim('M', 'Z').Split('L').Select(point => double.Parse(point.Split(' ')[1], CultureInfo.InvariantCulture))];
        double line = Circles(svg).First().Y;
        Assert.Equal(4, heights.Length);
        Assert.All(heights[..2], y => Assert.True(y < line));
        Assert.All(heights[2..], y => Assert.True(y > line));
    }

    [Fact]
    public void A_point_alone_has_an_error_bar() =>
        Assert.Contains("class=\"error c3\"", SvgPlot.Element(new Plot("", new PlotAxis("x"), new PlotAxis("y"), [new PlotSeries("s", 3, PlotStyle.Points, [new(1, 2) { Low = 1, High = 3 }])])), StringComparison.Ordinal);

    [Fact]
    public void Names_of_files_cannot_become_markup()
    {
        Plot plot = new("<script>", new PlotAxis("a<b"), new PlotAxis("&"), [new PlotSeries("<i>", 0, PlotStyle.Points, [new(1, 1, "\"<b>", "</title><script>")])]);
        XElement svg = Parse(plot);
        Assert.Empty(svg.Descendants(Svg + "script"));
        Assert.Empty(svg.Descendants(Svg + "b"));
        Assert.Equal("<script>", svg.Attribute("aria-label")!.Value);
        Assert.Contains(svg.Descendants(Svg + "text"), text => text.Value == "<i>");
    }

    [Fact]
    public void Labels_cover_neither_each_other_nor_points()
    {
        PlotPoint[] points = [.. Enumerable.Range(1, 12).Select(i => new PlotPoint(i, i % 3, $"point {i}"))];
        XElement svg = Parse(new Plot("", new PlotAxis("x"), new PlotAxis("y"), [new PlotSeries("", 0, PlotStyle.Points, points)]));
        (double X, double Y, double Width)[] boxes =
            [.. svg.Elements(Svg + "text").Where(text => text.Attribute("class")!.Value == "label").Select(text => (Number(text, "x"), Number(text, "y"), PointLabels.Width(text.Value)))];
        Assert.True(boxes.Length >= 8);
        foreach ((double X, double Y, double Width) a in boxes)
        {
            Assert.True(a.X >= 62 && a.X + a.Width <= 622);
            Assert.DoesNotContain(boxes, b => b != a && a.X < b.X + b.Width && b.X < a.X + a.Width && Math.Abs(a.Y - b.Y) < 12);
        }
    }

    [Fact]
    public void A_file_has_its_colours_and_an_element_has_the_pages()
    {
        Plot plot = Of(false, (1, 1));
        Assert.Contains("light-dark(", SvgPlot.File(plot), StringComparison.Ordinal);
        Assert.DoesNotContain("light-dark(", SvgPlot.Element(plot), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, 1, 1000, "1|10|100|1k")]
    [InlineData(true, 3, 40, "5|10|20")]
    [InlineData(true, 1e9, 1e15, "1G|10G|100G|1T|10T|100T|1P")]
    [InlineData(true, 0.01, 0.5, "0.01|0.02|0.05|0.1|0.2|0.5")]
    [InlineData(false, 0, 100, "0|20|40|60|80|100")]
    [InlineData(false, -1, 1, "-1|-0.5|0|0.5|1")]
    [InlineData(false, 7, 7, "6.5|7|7.5")]
    public void Marks_are_round_numbers(bool isLog, double low, double high, string expected) =>
        Assert.Equal(expected, string.Join('|', new Scale(new PlotAxis("", isLog), [low, high], 0, 1).Ticks().Select(Scale.Text)));

    static Plot Of(bool isLog, params (double X, double Y)[] points) =>
        new("t", new PlotAxis("x", isLog), new PlotAxis("y"), [new PlotSeries("s", 0, PlotStyle.Line, [.. points.Select(point => new PlotPoint(point.X, point.Y))])]);

    static XElement Parse(Plot plot) => XElement.Parse(SvgPlot.Element(plot));

    static string Path(XElement svg, string style) => svg.Elements(Svg + "path").Single(path => path.Attribute("class")!.Value.StartsWith(style, StringComparison.Ordinal)).Attribute("d")!.Value;

    static IEnumerable<(double X, double Y)> Circles(Plot plot) => Circles(Parse(plot));

    static IEnumerable<(double X, double Y)> Circles(XElement svg) => svg.Elements(Svg + "circle").Select(circle => (Number(circle, "cx"), Number(circle, "cy")));

    static double Number(XElement element, string attribute) => double.Parse(element.Attribute(attribute)!.Value, CultureInfo.InvariantCulture);
}
