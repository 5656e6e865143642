using System.CommandLine;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Millrace.Cli.Serving;
using Millrace.Planning.Hardware.Machine;
using Millrace.Server.Hosting;
using Millrace.Server.Keys;
using Millrace.Server.Ledger;
using Millrace.Server.Models;

namespace Millrace.Cli.Commands;

/// <summary><c>serve</c>: answers over HTTP.</summary>
sealed class ServeCommand : Command
{
    const int Terminated = 128 + 15;

    readonly Terminal _terminal;
    readonly ServedModels _models = new();
    readonly ServePolicy _policy = new();
    readonly ServeLogs _logs = new();
    readonly Option<string?> _host = CliOptions.Address("--host", "Address to listen on [default: 127.0.0.1]");
    readonly Option<int> _port = CliOptions.Int("--port", "Port to listen on; 0 takes a free one", 8080, 0, 65535, "-p");

    public ServeCommand(Terminal terminal)
        : base("serve", "Answers over HTTP: OpenAI's API, Ollama's, and a page")
    {
        _terminal = terminal;
        _models.AddTo(this);
        _policy.AddTo(this);
        _logs.AddTo(this);
        Add(_host);
        Add(_port);
        SetAction(Run);
    }

    int Run(ParseResult parse)
    {
        ServerOptions options = _policy.Apply(parse, _models.Apply(parse, ServerOptions(parse), _policy.IsEdge(parse))) with { MemoryBandwidth = MemoryBandwidth.Measure(Environment.ProcessorCount) };
        using ServeLogs.Files files = new(); // closed after the engines
        options = _logs.Apply(parse, options, files);
        using WebApplication app = Create(options);
        using PosixSignalRegistration second = PosixSignalRegistration.Create(PosixSignal.SIGTERM, EndAtOnceTheSecondTime());
        app.Start();
        if (!app.Services.GetRequiredService<KeyStore>().HasKeys)
        {
            Say("millrace: there is no API key: every program on this machine may use the server (millrace keys add NAME makes one)");
        }

        Say($"millrace: listening on {string.Join(", ", app.Urls)}");
        EdgeReport? edge = _policy.IsEdge(parse) ? new(options, Say) : null;
        edge?.Begin();
        Load(app, _models.Preloaded(parse, options));
        app.WaitForShutdown();
        edge?.End(app.Services.GetRequiredService<LedgerReader>());
        return 0;
    }

    /// <summary>Says something on standard error. A full disk behind it keeps nobody from being served.</summary>
    void Say(string text)
    {
        try
        {
            _terminal.Error.WriteLine(text);
        }
        catch (IOException)
        {
            // Nobody will read it.
        }
    }

    static WebApplication Create(ServerOptions options)
    {
        try
        {
            return MillraceServer.Create(options, static builder => builder.Logging
                .AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning)
                .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical)); // why it cannot start is said in a line, not in a stack trace
        }
        catch (ServerStartException exception)
        {
            throw new CommandException(exception.Message);
        }
    }

    /// <summary>Loads the models of the start, unless the server is told to stop before.</summary>
    void Load(WebApplication app, IReadOnlyList<string> names)
    {
        CancellationToken stopping = app.Lifetime.ApplicationStopping;
        try
        {
            new StartReport(_terminal, Say, app.Services.GetRequiredService<ModelRegistry>()).LoadAsync(names, stopping).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // It ends as it would later.
        }
    }

    /// <summary>The first SIGTERM is the host's, which lets requests end; who sends another will not wait for them.</summary>
    static Action<PosixSignalContext> EndAtOnceTheSecondTime()
    {
        int signals = 0;
        return _ =>
        {
            if (Interlocked.Increment(ref signals) > 1)
            {
                Environment.Exit(Terminated);
            }
        };
    }

    ServerOptions ServerOptions(ParseResult parse) => new()
    {
        Host = parse.GetValue(_host) ?? "127.0.0.1",
        Port = parse.GetRequiredValue(_port),
        Home = ModelStore.Home ?? throw new CommandException("no home folder: set MILLRACE_HOME"),
    };
}
