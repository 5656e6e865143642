using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Millrace.Benchmarks.Serving;

/// <summary>A run of <c>millrace bench serve</c>, in a process of its own.</summary>
sealed class Load : IDisposable
{
    readonly Process _process;
    readonly string _result;
    readonly Task<string> _said;

    Load(Process process, string result)
    {
        (_process, _result) = (process, result);
        _said = process.StandardError.ReadToEndAsync();
        process.OutputDataReceived += static (_, _) => { }; // the json says it all
        process.BeginOutputReadLine();
    }

    /// <summary>Starts a load. Words that begin with dashes are options of <c>bench serve</c>.</summary>
    public static Load Start(string cli, ServedProcess server, string options)
    {
        string result = Path.GetTempFileName();
        string[] words = options.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        ProcessStartInfo start = new("dotnet", [cli, "bench", "serve", "--base-url", server.Url, "--endpoint", "completions", "--ignore-eos", "--save-result", result, .. words])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return new Load(Process.Start(start)!, result);
    }

    /// <summary>Runs a load to its end.</summary>
    public static JsonElement Run(string cli, ServedProcess server, string options)
    {
        using Load load = Start(cli, server, options);
        return load.Finish();
    }

    /// <summary>Breaks the load off, as Ctrl-C does, and takes the report of what it measured until then.</summary>
    public JsonElement Interrupt()
    {
        using Process kill = Process.Start("kill", ["-INT", $"{_process.Id}"]);
        kill.WaitForExit();
        return Finish();
    }

    /// <summary>Waits for the report.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public JsonElement Finish()
    {
        _process.WaitForExit();
        string json = File.ReadAllText(_result);
        if (json.Length == 0)
        {
            throw new InvalidOperationException($"the load made no report: {_said.Result}");
        }

        using JsonDocument report = JsonDocument.Parse(json);
        return report.RootElement.Clone();
    }

    /// <summary>A number of a report.</summary>
    public static double Number(JsonElement report, string name) => report.GetProperty(name).GetDouble();

    /// <summary>Text with the invariant culture's numbers.</summary>
    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
        File.Delete(_result);
    }
}
