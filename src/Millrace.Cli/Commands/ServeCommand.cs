using System.CommandLine;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Millrace.Kernels;
using Millrace.Server.Hosting;
using Millrace.Server.Keys;
using ServerModel = Millrace.Server.Hosting.ModelOptions;

namespace Millrace.Cli.Commands;

/// <summary><c>serve</c>: answers over HTTP.</summary>
sealed class ServeCommand : Command
{
    const int Terminated = 128 + 15;

    readonly Terminal _terminal;
    readonly Option<string[]> _models = new("--model", "-m") { Description = $"Model to offer, again for more: a GGUF file, a folder, or a name [default: {ModelStore.DefaultName}]", HelpName = "MODEL" };
    readonly Option<string?> _host = CliOptions.Text("--host", "Address to listen on [default: 127.0.0.1]", "ADDRESS");
    readonly Option<int> _port = CliOptions.Int("--port", "Port to listen on; 0 takes a free one", 8080, 0, 65535, "-p");
    readonly Option<int?> _context = CliOptions.OptionalInt("--ctx", "Tokens of context of one sequence [default: the model's, at most 4096]", 1, 1 << 24, "-c");
    readonly Option<int> _parallel = CliOptions.Int("--parallel", "Sequences that run together", 16, 1, 4096);
    readonly Option<int> _threads = CliOptions.Int("--threads", "Threads that compute", Environment.ProcessorCount, 1, 1024, "-t");
    readonly Option<string> _kv = CliOptions.Choice("--kv", "How keys and values are kept", "f16", "int8", "f32");

    public ServeCommand(Terminal terminal)
        : base("serve", "Answers over HTTP: OpenAI's API")
    {
        _terminal = terminal;
        foreach (Option option in new Option[] { _models, _host, _port, _context, _parallel, _threads, _kv })
        {
            Add(option);
        }

        SetAction(Run);
    }

    int Run(ParseResult parse)
    {
        WebApplication app;
        try
        {
            app = MillraceServer.Create(ServerOptions(parse));
        }
        catch (ServerStartException exception)
        {
            throw new CommandException(exception.Message);
        }

        using PosixSignalRegistration second = PosixSignalRegistration.Create(PosixSignal.SIGTERM, EndAtOnceTheSecondTime());
        app.Start();
        if (!app.Services.GetRequiredService<KeyStore>().HasKeys)
        {
            Say("millrace: there is no API key: every program on this machine may use the server (millrace keys add NAME makes one)");
        }

        Say($"millrace: listening on {string.Join(", ", app.Urls)}");
        app.WaitForShutdown();
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

    ServerOptions ServerOptions(ParseResult parse)
    {
        IEnumerable<string?> models = parse.GetValue(_models) is { Length: > 0 } named ? named : new string?[] { null };
        return new ServerOptions
        {
            Host = parse.GetValue(_host) ?? "127.0.0.1",
            Port = parse.GetRequiredValue(_port),
            Home = ModelStore.Home ?? throw new CommandException("no home folder: set MILLRACE_HOME"),
            Models = [.. models.Select(model => Model(parse, model, ModelStore.Find(model)))],
        };
    }

    ServerModel Model(ParseResult parse, string? model, string path) => new()
    {
        Name = ModelStore.NameOf(model, path),
        Path = path,
        Context = parse.GetValue(_context),
        Parallel = parse.GetRequiredValue(_parallel),
        Threads = parse.GetRequiredValue(_threads),
        KvType = Enum.Parse<KvType>(parse.GetRequiredValue(_kv), ignoreCase: true),
    };
}
