using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Millrace.Tests.Server;

/// <summary>The server as a process of its own, which can be stopped, killed and started again on the same home folder.</summary>
sealed class ServerProcess : IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly Process _process;
    readonly StringBuilder _error = new();

    ServerProcess(Process process) => _process = process;

    public Uri Address { get; private set; } = null!;

    public HttpClient Http { get; } = new(new SocketsHttpHandler { MaxConnectionsPerServer = 64 }) { Timeout = Patience };

    public int Id => _process.Id;

    public int ExitCode => _process.ExitCode;

    public bool HasExited => _process.HasExited;

    /// <summary>Memory that it holds now.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>What it said on standard error.</summary>
    public string Error
    {
        get
        {
            lock (_error)
            {
                return _error.ToString();
            }
        }
    }

    /// <summary>Starts it and waits until it answers.</summary>
    /// <param name="home">Its home folder.</param>
    /// <param name="model">The path of its model.</param>
    /// <param name="shell">What a shell does before: limits, redirections; <c>exec "$@"</c> ends it.</param>
    /// <param name="port">Its port, where it cannot say which one it took.</param>
    /// <param name="args">More arguments.</param>
    public static async Task<ServerProcess> StartAsync(string home, string model, string shell = "exec \"$@\"", int port = 0, params string[] args)
    {
        ProcessStartInfo start = Command(home, shell, ["serve", "-m", model, "-p", $"{port}", "-t", "1", "-c", "512", "--ttft", "standard=-1", .. args]);
        ServerProcess server = new(Process.Start(start)!);
        server.Collect();
        string said = port == 0 ? "" : $"http://127.0.0.1:{port}\n";
        long begin = Stopwatch.GetTimestamp();
        while (!await server.IsUpAsync(said.Length > 0 ? said : server.Error))
        {
            if (server.HasExited || Stopwatch.GetElapsedTime(begin) > Patience)
            {
                string error = server.Error;
                server.Dispose();
                throw new InvalidOperationException($"the server did not start: {error}");
            }

            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        return server;
    }

    /// <summary>Runs a command that must end by itself; all that it says, on standard error and output.</summary>
    public static async Task<(int ExitCode, string Said)> RunAsync(string home, params string[] args)
    {
        using Process process = Process.Start(Command(home, "exec \"$@\"", args))!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, error + await output);
    }

    public static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Kills it, as kill -9 does.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Sends a signal, by its name.</summary>
    public void Signal(string name)
    {
        using Process kill = Process.Start("kill", [$"-{name}", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    /// <summary>Waits for its end.</summary>
    public async Task<int> WaitAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        Http.Dispose();
        if (!_process.HasExited)
        {
            Signal("CONT");
            Kill();
        }

        _process.Dispose();
    }

    static ProcessStartInfo Command(string home, string shell, string[] args)
    {
        ProcessStartInfo start = new("bash", ["-c", shell, "serve", "dotnet", Path.Combine(AppContext.BaseDirectory, "Millrace.Cli.dll"), .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["MILLRACE_HOME"] = home;
        return start;
    }

    void Collect()
    {
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_error)
            {
                _error.AppendLine(line.Data);
            }
        };
        _process.OutputDataReceived += static (_, _) => { };
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
    }

    /// <summary>Whether it answers, at the address in what was said.</summary>
    async Task<bool> IsUpAsync(string said)
    {
        if (Address is null && Regex.Match(said, @"http://127\.0\.0\.1:\d+(?=\r?\n)") is { Success: true } address)
        {
            Http.BaseAddress = Address = new Uri(address.Value + "/");
        }

        if (Address is null)
        {
            return false;
        }

        try
        {
            using HttpResponseMessage answer = await Http.GetAsync("health", TestContext.Current.CancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
