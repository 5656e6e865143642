using System.CommandLine;
using Millrace.Cli;
using Millrace.Cli.Serving;
using Millrace.Kernels;
using Millrace.Server.Hosting;

namespace Millrace.Tests.Cli;

/// <summary>The options of <c>serve</c> about models.</summary>
public sealed class ServeCommandTests
{
    [Theory]
    [InlineData(2, "--memory-limit: expected a number of bytes", "--memory-limit", "much")]
    [InlineData(2, "--memory-limit: expected a number of bytes", "--memory-limit", "0")]
    [InlineData(2, "--kv-memory: expected a number of bytes", "--kv-memory", "-5GB")]
    [InlineData(2, "--keep-alive: expected a duration", "--keep-alive", "long")]
    [InlineData(2, "--preload: expected one of", "--preload", "some")]
    [InlineData(2, "--parallel: expected a whole number", "--parallel", "0")]
    [InlineData(2, "--queue: expected a whole number", "--queue", "0")]
    [InlineData(2, "--ttft: expected CLASS=DURATION", "--ttft", "2s")]
    [InlineData(2, "--ttft: expected CLASS=DURATION", "--ttft", "gold=2s")]
    [InlineData(2, "--ttft: expected CLASS=DURATION", "--ttft", "batch=long")]
    [InlineData(2, "--host: expected an IP address such as 127.0.0.1 or 0.0.0.0, found 'here'", "--host", "here")]
    [InlineData(1, "no model 'nothing'", "-m", "nothing")]
    [InlineData(1, "no model 'nothing'", "-m", "name=nothing")]
    [InlineData(2, "two models are named 'story'", "-m", "story", "-m", "story")]
    public void Wrong_option_is_refused_before_anything_runs(int code, string message, params string[] args) =>
        CliRun.Of(["serve", "--port", "0", .. args]).MustFail(code, message);

    [Fact]
    public void Options_become_the_settings_of_models()
    {
        ServerOptions options = Options("-m", "story", "-m", "tale=story", "--ctx", "100", "--parallel", "3", "--queue", "7", "--kv", "int8", "--kv-memory", "1.5MiB", "--memory-limit", "2GB", "--keep-alive", "90s");
        Assert.Equal(["story", "tale"], options.Models.Select(model => model.Name));
        Assert.All(options.Models, model => Assert.Equal(
            (100, 3, 7, KvType.Int8, 1_572_864L, null), (model.Context!.Value, model.Parallel, model.Queue, model.KvType, model.KvBytes!.Value, model.KeepAlive)));
        Assert.Equal((null, 3, TimeSpan.FromSeconds(90)), (options.FolderSettings.Context, options.FolderSettings.Parallel, options.FolderSettings.KeepAlive!.Value));
        Assert.Equal(2_000_000_000, options.MemoryLimit);
    }

    [Theory]
    [InlineData("1000000", 1_000_000)]
    [InlineData("1kB", 1000)]
    [InlineData("1KiB", 1024)]
    [InlineData("6GB", 6_000_000_000)]
    [InlineData("0.5 GiB", 536_870_912)]
    [InlineData("2tb", 2_000_000_000_000)]
    public void Bytes_are_read_with_their_units(string text, long bytes) => Assert.Equal(bytes, Options("--memory-limit", text).MemoryLimit);

    [Theory]
    [InlineData(false, 5)]
    [InlineData(true, 5, "--threads", "5")]
    public void Threads_are_those_asked_for(bool isEdge, int most, params string[] args)
    {
        ServerOptions options = Apply(isEdge, args);
        Assert.Equal(args.Length > 0 ? most : Environment.ProcessorCount, options.FolderSettings.Threads);
    }

    [Fact]
    public void Edge_leaves_half_of_the_processors_to_others() =>
        Assert.Equal(Math.Max(1, Environment.ProcessorCount / 2), Apply(isEdge: true).FolderSettings.Threads);

    [Fact]
    public void Targets_are_by_class_and_the_rest_stays()
    {
        FirstTokenTargets targets = Policy("--ttft", "standard=1m30s", "--ttft", "realtime=-1", "--ttft", "batch=500ms").FirstToken;
        Assert.Equal((null, TimeSpan.FromSeconds(90), TimeSpan.FromSeconds(0.5)), (targets.Realtime, targets.Standard!.Value, targets.Batch!.Value));
        Assert.Equal((TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3), null), (Policy("--ttft", "standard=3s").FirstToken.Realtime!.Value, Policy("--ttft", "standard=3s").FirstToken.Standard!.Value, Policy("--ttft", "standard=3s").FirstToken.Batch));
    }

    [Fact]
    public void Policy_is_read_and_what_it_names_must_be_there()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.Path("prices.json"), """{"currency": "EUR", "prices": {"*": {"input": 100, "cached_input": 50, "output": 200}}}""");
        ServerOptions options = Policy("--prices", folder.Path("prices.json"), "--drain", "7", "--allow-host", "a.example", "--allow-origin", "https://b.example", "--watts", "40");
        Assert.Equal(("EUR", 7, 40), (options.Prices.Currency, (int)options.DrainTimeout.TotalSeconds, options.Watts));
        Assert.Equal(["a.example", "https://b.example"], [.. options.AllowedHosts, .. options.AllowedOrigins]);
        Assert.Contains("nowhere.json", Assert.ThrowsAny<Exception>(() => Policy("--prices", folder.Path("nowhere.json"))).Message, StringComparison.Ordinal);
        File.WriteAllText(folder.Path("prices.json"), """{"currency": "EUR", "price": {}}""");
        Assert.Contains("price", Assert.Throws<CommandException>(() => Policy("--prices", folder.Path("prices.json"))).Message, StringComparison.Ordinal);
        if (Millrace.Devices.EnergyMeter.Open() is null)
        {
            Assert.StartsWith("--power-limit: ", Assert.Throws<CommandException>(() => Policy("--power-limit", "10")).Message, StringComparison.Ordinal);
        }
    }

    static ServerOptions Policy(params string[] args)
    {
        Command command = new("serve");
        ServePolicy policy = new();
        policy.AddTo(command);
        ParseResult parse = command.Parse(args);
        Assert.Empty(parse.Errors);
        return policy.Apply(parse, new ServerOptions { Home = "/nowhere" });
    }

    static ServerOptions Options(params string[] args) => Apply(isEdge: false, args);

    static ServerOptions Apply(bool isEdge, params string[] args)
    {
        Command command = new("serve");
        ServedModels models = new();
        models.AddTo(command);
        ParseResult parse = command.Parse(args);
        Assert.Empty(parse.Errors);
        return models.Apply(parse, new ServerOptions { Home = "/nowhere" }, isEdge);
    }
}
