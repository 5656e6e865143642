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
    [InlineData(1, "no model 'nothing'", "-m", "nothing")]
    [InlineData(1, "no model 'nothing'", "-m", "name=nothing")]
    [InlineData(1, "two models are named 'story'", "-m", "story", "-m", "story")]
    public void Wrong_option_is_refused_before_anything_runs(int code, string message, params string[] args) =>
        CliRun.Of(["serve", "--port", "0", .. args]).MustFail(code, message);

    [Fact]
    public void Options_become_the_settings_of_models()
    {
        ServerOptions options = Options("-m", "story", "-m", "tale=story", "--ctx", "100", "--parallel", "3", "--kv", "int8", "--kv-memory", "1.5MiB", "--memory-limit", "2GB", "--keep-alive", "90s");
        Assert.Equal(["story", "tale"], options.Models.Select(model => model.Name));
        Assert.All(options.Models, model => Assert.Equal(
            (100, 3, KvType.Int8, 1_572_864L, null), (model.Context!.Value, model.Parallel, model.KvType, model.KvBytes!.Value, model.KeepAlive)));
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

    static ServerOptions Options(params string[] args)
    {
        Command command = new("serve");
        ServedModels models = new();
        models.AddTo(command);
        ParseResult parse = command.Parse(args);
        Assert.Empty(parse.Errors);
        return models.Apply(parse, new ServerOptions { Home = "/nowhere" });
    }
}
