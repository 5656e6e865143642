using System.Globalization;
using System.Text;

namespace Millrace.Server.Metrics;

/// <summary>Writes metrics in Prometheus' text format, version 0.0.4.</summary>
/// <remarks>Own code, because the names that vLLM's dashboards ask for have a colon, which OpenTelemetry drops and prometheus-net refuses.</remarks>
sealed class PrometheusText
{
    /// <summary>The content type.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    readonly StringBuilder _text = new();

    /// <summary>Begins a family: its samples follow.</summary>
    public void Family(string name, string type, string help) =>
        _text.Append("# HELP ").Append(name).Append(' ').Append(help).Append("\n# TYPE ").Append(name).Append(' ').Append(type).Append('\n');

    /// <summary>A sample.</summary>
    public void Sample(string name, double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        _text.Append(name);
        Labels(labels, null);
        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    /// <summary>The samples of a histogram.</summary>
    public void Samples(string name, Histogram histogram, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        long below = 0;
        for (int i = 0; i <= histogram.Bounds.Length; i++)
        {
            below += histogram.Count(i);
            _text.Append(name).Append("_bucket");
            Labels(labels, i < histogram.Bounds.Length ? Bound(histogram.Bounds[i]) : "+Inf");
            _text.Append(' ').Append(below).Append('\n');
        }

        Sample(name + "_sum", histogram.Sum, labels);
        Sample(name + "_count", below, labels);
    }

    /// <summary>All that was written.</summary>
    public override string ToString() => _text.ToString();

    void Labels(ReadOnlySpan<(string Name, string Value)> labels, string? bound)
    {
        if (labels.Length == 0 && bound is null)
        {
            return;
        }

        char before = '{';
        foreach ((string name, string value) in labels)
        {
            Label(before, name, value);
            before = ',';
        }

        if (bound is not null)
        {
            Label(before, "le", bound);
        }

        _text.Append('}');
    }

    void Label(char before, string name, string value) => _text.Append(before).Append(name).Append("=\"")
        .Append(value.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal))
        .Append('"');

    // Python's way, which dashboards' queries by le rely on: 1.0, not 1.
    static string Bound(double value) => value == Math.Truncate(value) && value < 1e15 ? value.ToString("0.0", CultureInfo.InvariantCulture) : Number(value);

    static string Number(double value) =>
        double.IsNaN(value) ? "NaN" : double.IsInfinity(value) ? (value > 0 ? "+Inf" : "-Inf") : value.ToString("R", CultureInfo.InvariantCulture);
}
