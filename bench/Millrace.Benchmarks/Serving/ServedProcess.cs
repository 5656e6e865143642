using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace Millrace.Benchmarks.Serving;

/// <summary>A server of OpenAI's API in a process of its own on a loopback port.</summary>
sealed class ServedProcess : IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    readonly Process _process;
    readonly string _log;

    /// <summary>Starts a program. What it says goes to a file beside the others.</summary>
    public ServedProcess(string name, int port, string folder, string program, params string[] args)
    {
        Name = name;
        Url = $"http://127.0.0.1:{port}";
        _log = Path.Combine(folder, $"serve-{name}.log");
        // The shell becomes the program, so that the process is the server itself.
        ProcessStartInfo start = new("/bin/sh", ["-c", "log=$1; shift; exec \"$@\" >\"$log\" 2>&1", "sh", _log, program, .. args]);
        start.Environment["MILLRACE_HOME"] = Path.Combine(folder, "home");
        _process = Process.Start(start)!;
    }

    /// <summary>What reports call it.</summary>
    public string Name { get; }

    /// <summary>Its address.</summary>
    public string Url { get; }

    /// <summary>Bytes of memory that it holds now.</summary>
    public long ResidentBytes
    {
        get
        {
            string line = File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
            return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
        }
    }

    /// <summary>Processor seconds that it took.</summary>
    public double ProcessorSeconds
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime.TotalSeconds;
        }
    }

    /// <summary>Waits until it answers that it is well.</summary>
    /// <exception cref="InvalidOperationException">It ended, or does not come.</exception>
    public void WaitUntilReady()
    {
        using HttpClient http = new() { Timeout = TimeSpan.FromSeconds(5) };
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < Patience; Thread.Sleep(200))
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"{Name} ended with code {_process.ExitCode}: see {_log}");
            }

            try
            {
                using HttpResponseMessage response = http.Send(new HttpRequestMessage(HttpMethod.Get, Url + "/health"));
                if (response.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or SocketException or TaskCanceledException)
            {
                // Not yet.
            }
        }

        throw new InvalidOperationException($"{Name} is not ready after {Patience.TotalMinutes:0} min: see {_log}");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}
