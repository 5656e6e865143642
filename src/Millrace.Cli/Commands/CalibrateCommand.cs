using System.CommandLine;
using System.Globalization;
using Millrace.Planning.Costs;
using Spectre.Console;

namespace Millrace.Cli.Commands;

/// <summary><c>calibrate</c>: fits the coefficients of cost models to measurements, and says how far they are off on measurements that were held out.</summary>
sealed class CalibrateCommand : Command
{
    readonly Terminal _terminal;
    readonly Option<string?> _points = CliOptions.Text("--points", "Measurements: a JSON array of rows with values [default: those that come with Millrace]", "FILE");
    readonly Option<string?> _output = CliOptions.Text("--output", "Stores the calibration, for plan --calibration", "FILE", "-o");

    public CalibrateCommand(Terminal terminal)
        : base("calibrate", "Fits cost models to public measurements, or yours, and prints their cross-validated errors")
    {
        _terminal = terminal;
        Add(_points);
        Add(_output);
        SetAction(Run);
    }

    void Run(ParseResult parse)
    {
        Calibration calibration = Calibration.Fit(parse.GetValue(_points));
        Table table = Tables.New("device and engine", ">points", ">median error", "90 % of measured / predicted");
        foreach ((string pair, ErrorBand error) in calibration.Pairs.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            bool calibrated = error.Points >= Calibration.LeastPoints;
            table.Add(pair, error.Points.ToString(CultureInfo.InvariantCulture), calibrated ? Percent(error.Median) : "", calibrated ? string.Create(CultureInfo.InvariantCulture, $"{error.Low:0.00} to {error.High:0.00}") : "uncalibrated, ±50 %");
        }

        _terminal.Write(table);
        if (parse.GetValue(_output) is { } path)
        {
            OutputFile.Write(path, partial =>
            {
                using FileStream stream = File.Create(partial);
                calibration.Save(stream);
            });
        }
    }

    static string Percent(double part) => string.Create(CultureInfo.InvariantCulture, $"{100 * part:0.0} %");
}
