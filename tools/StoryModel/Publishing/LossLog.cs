using System.Globalization;
using System.Text;

namespace Millrace.Tools.StoryModel.Publishing;

/// <summary>What training logged.</summary>
public sealed class LossLog
{
    /// <summary>A line of the log; losses are nats by token.</summary>
    public readonly record struct Entry(int Step, long Tokens, double Train, double Valid, double TokensPerSecond);

    LossLog(List<Entry> entries) => Entries = entries;

    /// <summary>The lines, at least one.</summary>
    public IReadOnlyList<Entry> Entries { get; }

    /// <summary>The last line.</summary>
    public Entry Last => Entries[^1];

    /// <summary>The speed in the middle of all lines.</summary>
    public double MedianSpeed => Entries.Select(entry => entry.TokensPerSecond).Order().ElementAt(Entries.Count / 2);

    /// <summary>Reads a log.</summary>
    /// <exception cref="FormatException">It is not such a log.</exception>
    public static LossLog Read(string path)
    {
        List<Entry> entries = [.. File.ReadLines(path).Skip(1).Select(line => line.Split(',')).Select(cells => new Entry(
            int.Parse(cells[0], CultureInfo.InvariantCulture), long.Parse(cells[1], CultureInfo.InvariantCulture), Number(cells[2]), Number(cells[3]), Number(cells[4])))];
        return entries.Count > 0 ? new LossLog(entries) : throw new FormatException($"{path} has no lines");
    }

    static double Number(string cell) => double.Parse(cell, CultureInfo.InvariantCulture);

    /// <summary>The curves as an image: losses of rows to learn and of held-out rows over tokens, the losses on a logarithmic scale.</summary>
    public string Svg()
    {
        const int Width = 640;
        const int Height = 320;
        const int Margin = 48;
        double least = Math.Log(Entries.Min(entry => Math.Min(entry.Train, entry.Valid)) * 0.95);
        double most = Math.Log(Entries.Max(entry => Math.Max(entry.Train, entry.Valid)) * 1.05);
        double X(long tokens) => Margin + ((Width - (2.0 * Margin)) * tokens / Last.Tokens);
        double Y(double loss) => Margin + ((Height - (2.0 * Margin)) * (most - Math.Log(loss)) / (most - least));
        string Line(Func<Entry, double> loss, string colour) => string.Create(
            CultureInfo.InvariantCulture,
            $"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\" points=\"{string.Join(' ', Entries.Select(entry => string.Create(CultureInfo.InvariantCulture, $"{X(entry.Tokens):0.0},{Y(loss(entry)):0.0}")))}\"/>\n");

        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        foreach (double loss in new[] { 0.2, 0.3, 0.5, 1, 2, 5 }.Where(loss => Math.Log(loss) > least && Math.Log(loss) < most))
        {
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Margin}\" x2=\"{Width - Margin}\" y1=\"{Y(loss):0.0}\" y2=\"{Y(loss):0.0}\" stroke=\"#ddd\"/><text x=\"{Margin - 6}\" y=\"{Y(loss) + 4:0.0}\" text-anchor=\"end\">{loss}</text>\n");
        }

        svg.Append(Line(entry => entry.Train, "#1f77b4")).Append(Line(entry => entry.Valid, "#d62728"));
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Width / 2}\" y=\"{Height - 14}\" text-anchor=\"middle\">tokens, to {Last.Tokens / 1e6:0.0} million</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Margin}\" y=\"24\">loss in nats by token: <tspan fill=\"#1f77b4\">learned rows</tspan>, <tspan fill=\"#d62728\">held-out rows</tspan></text>\n</svg>\n");
        return svg.ToString();
    }
}
