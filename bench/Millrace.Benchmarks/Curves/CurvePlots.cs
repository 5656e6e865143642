using Millrace.Planning.Reports;

namespace Millrace.Benchmarks.Curves;

/// <summary>Draws what was measured, for the documentation: <c>results=FOLDER docs=FOLDER</c>, a figure of each kind for every processor.</summary>
static class CurvePlots
{
    const double PastMemory = 1.05; // such points say how fast their weights are read

    public static int Run(Arguments arguments)
    {
        foreach (string folder in Directory.GetDirectories(arguments.Text("results")).Order(StringComparer.Ordinal))
        {
            Draw(Path.Combine(folder, "cache.json"), static path => Cache(CurveFile.Read<CacheCurve>(path)), arguments.Text("docs"));
            Draw(Path.Combine(folder, "roofline.json"), static path => Roof(CurveFile.Read<Roofline>(path)), arguments.Text("docs"));
        }

        return 0;
    }

    static void Draw(string path, Func<string, Plot> plot, string docs)
    {
        if (File.Exists(path))
        {
            string name = $"{Path.GetFileNameWithoutExtension(path)}-{Path.GetFileName(Path.GetDirectoryName(path))}.svg";
            File.WriteAllText(Path.Combine(docs, name), SvgPlot.File(plot(path)) + "\n");
            Console.WriteLine(name);
        }
    }

    static Plot Cache(CacheCurve curve)
    {
        double memory = Math.Max(curve.ReadBefore, curve.ReadAfter);
        (double low, double high) = (curve.Points.Min(static point => point.Bytes), curve.Points.Max(static point => point.Bytes));
        return new(
            "Tokens per second against the size of the model",
            new PlotAxis("bytes of weights that a token reads", IsLog: true),
            new PlotAxis("tokens/s, one stream", IsLog: true),
            [
                new(FormattableString.Invariant($"memory, {memory / 1e9:F1} GB/s"), 7, PlotStyle.Dashed, [new(low, memory / low), new(high, memory / high)]),
                new("plain loops over as many bytes", 2, PlotStyle.Thin, [.. curve.Points.OrderBy(static point => point.Bytes).Select(static point => new PlotPoint(point.Bytes, point.ReadBytesPerSecond / point.Bytes))]),
                .. curve.Points.GroupBy(static point => point.Type).Select((points, i) => new PlotSeries(
                    $"Millrace, {points.Key}, {curve.Threads} {(curve.Threads == 1 ? "thread" : "threads")}", i, PlotStyle.Line, [.. points.Select(point => new PlotPoint(
                        point.Bytes, point.TokensPerSecond, point.Bytes * point.TokensPerSecond > PastMemory * memory ? FormattableString.Invariant($"{point.Bytes * point.TokensPerSecond / 1e9:F0} GB/s") : null))])),
            ]);
    }

    static Plot Roof(Roofline roof)
    {
        double memory = Math.Max(roof.ReadBefore, roof.ReadAfter);
        RooflinePoint[] points = [.. roof.Series.SelectMany(static series => series.Points)];
        (double low, double high) = (points.Min(static point => point.Intensity), points.Max(static point => point.Intensity));
        PlotSeries Under(string name, double peak, int color) => new(
            FormattableString.Invariant($"{name}, {peak / 1e9:F0} GOPS"), color, PlotStyle.Dashed, [new(peak / memory, peak), new(high, peak)]);
        return new(
            "Products under the roof of the processor",
            new PlotAxis("operations for each byte of weights (1 to 512 tokens)", IsLog: true),
            new PlotAxis("operations per second", IsLog: true),
            [
                new(FormattableString.Invariant($"memory, {memory / 1e9:F1} GB/s"), 7, PlotStyle.Dashed, [new(low, low * memory), new(roof.IntegerPeak / memory, roof.IntegerPeak)]),
                Under(roof.IntegerInstruction, roof.IntegerPeak, 4),
                Under("floats", roof.FloatPeak, 5),
                .. roof.Series.Select((series, i) => new PlotSeries(series.Type, i, PlotStyle.Line, [.. series.Points.Select(static point => new PlotPoint(point.Intensity, point.OperationsPerSecond))])),
            ]);
    }
}
