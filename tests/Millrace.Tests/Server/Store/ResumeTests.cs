using System.Diagnostics;
using System.Text.Json;
using Millrace.Server.Store;

namespace Millrace.Tests.Server.Store;

/// <summary>Pulls that end early, and those that go on from there.</summary>
public sealed class ResumeTests : IDisposable
{
    const int Size = 450_000; // 5 chunks

    readonly TemporaryFolder _folder = new();
    readonly LocalModels _models;

    public ResumeTests() => _models = new LocalModels(_folder.Path("models"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Pull_goes_on_from_what_is_there()
    {
        await using StubHub hub = await StubHub.StartAsync();
        byte[] content = hub.Add("m.gguf", Size);
        await BreakAsync(hub, chunks: 3);
        hub.Requests.Clear();
        Manifest manifest = await PullAsync(hub);
        Assert.Equal([300_000L, 400_000L], hub.Requests.Select(request => request.From!.Value).Order());
        Assert.Equal(content, File.ReadAllBytes(_models.PathOf(manifest)));
        Assert.Single(Directory.GetFiles(_folder.Path("models/blobs")));
    }

    [Fact]
    public async Task Other_tag_begins_anew()
    {
        await using StubHub hub = await StubHub.StartAsync();
        hub.Add("m.gguf", Size);
        await BreakAsync(hub, chunks: 3);
        hub.Requests.Clear();
        hub.ETag = "\"v2\"";
        Manifest manifest = await PullAsync(hub);
        Assert.Contains(hub.Requests, request => request.From == 0);
        Assert.Equal(hub.Files["m.gguf"], File.ReadAllBytes(_models.PathOf(manifest)));
    }

    [Fact]
    public async Task Part_that_rotted_is_found_and_fetched_again()
    {
        await using StubHub hub = await StubHub.StartAsync();
        hub.Add("m.gguf", Size);
        await BreakAsync(hub, chunks: 3);
        string partial = Directory.GetFiles(_folder.Path("models/blobs"), "*.partial").Single();
        using (FileStream stream = new(partial, FileMode.Open))
        {
            stream.Write(new byte[100]);
        }

        Manifest manifest = await PullAsync(hub);
        Assert.Equal(hub.Files["m.gguf"], File.ReadAllBytes(_models.PathOf(manifest)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("""{"size":450000,"chunk_bytes":100000}""")]
    [InlineData("""{"etag":"\"v1\"","size":450000,"chunk_bytes":1,"done":[0]}""")]
    [InlineData("""{"etag":"\"v1\"","size":450000,"chunk_bytes":100000,"done":[-1,5,99,2147483647]}""")]
    [InlineData("""{"etag":"nonsense","size":450000,"chunk_bytes":100000,"done":[]}""")]
    public async Task State_that_is_none_costs_no_more_than_a_new_beginning(string state)
    {
        await using StubHub hub = await StubHub.StartAsync();
        hub.Add("m.gguf", Size);
        await BreakAsync(hub, chunks: 2);
        File.WriteAllText(Directory.GetFiles(_folder.Path("models/blobs"), "*.partial.json").Single(), state);
        Manifest manifest = await PullAsync(hub);
        Assert.Equal(hub.Files["m.gguf"], File.ReadAllBytes(_models.PathOf(manifest)));
    }

    [Fact]
    public async Task Parts_that_nobody_fetches_can_be_removed()
    {
        await using StubHub hub = await StubHub.StartAsync();
        hub.Add("m.gguf", Size);
        await BreakAsync(hub, chunks: 3);
        string partial = Directory.GetFiles(_folder.Path("models/blobs"), "*.partial").Single();
        using (await FileLock.OpenAsync(partial, null, TestContext.Current.CancellationToken))
        {
            Assert.Equal(0, _models.RemovePartials());
        }

        Assert.Equal(300_000, _models.RemovePartials());
        Assert.Empty(Directory.GetFiles(_folder.Path("models/blobs")));
        Manifest manifest = await PullAsync(hub);
        Assert.Equal(hub.Files["m.gguf"], File.ReadAllBytes(_models.PathOf(manifest)));
        Assert.Equal(0, _models.RemovePartials());
    }

    [Fact]
    public async Task Cancelled_pull_stops_at_once_and_keeps_its_chunks()
    {
        await using StubHub hub = await StubHub.StartAsync();
        hub.Add("m.gguf", Size);
        using CancellationTokenSource source = new();
        hub.Misbehave = async (context, number, _) =>
        {
            if (number < 2)
            {
                return false;
            }

            await source.CancelAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return true;
        };
        PullOptions options = PullTests.Fast(hub) with { Connections = 1 };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new ModelPull(_models, options).RunAsync(ModelName.Parse("o/n"), null, source.Token));
        hub.Misbehave = static (_, _, _) => Task.FromResult(false);
        hub.Requests.Clear();
        await PullAsync(hub);
        Assert.Equal(3, hub.Requests.Count);
    }

    [Fact, Trait("Probe", "94")]
    public async Task Killed_process_leaves_no_model_and_the_next_goes_on()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs kill -9");
        const int Chunk = 16 << 20;
        await using StubHub hub = await StubHub.StartAsync();
        byte[] content = hub.Add("m-Q4_0.gguf", 2 * Chunk + 12_345);
        TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        hub.Misbehave = async (context, number, bytes) =>
        {
            if (number == 0)
            {
                return false;
            }

            // Some of the next chunk, then nothing until the process is gone.
            hub.BeginRange(context, bytes);
            await context.Response.Body.WriteAsync(bytes.AsMemory(StubHub.Asked(context, bytes).From, 10_000));
            await context.Response.Body.FlushAsync();
            reached.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return true;
        };
        using (Process child = Cli.Start(_folder.Path(), "pull", "o/n:Q4_0", "--endpoint", hub.Url.AbsoluteUri, "--connections", "1"))
        {
            await reached.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
            child.Kill();
            await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Assert.Empty(_models.List());
        Assert.DoesNotContain(Directory.GetFiles(_folder.Path("models/blobs")), blob => !Path.GetFileName(blob).Contains(".partial", StringComparison.Ordinal));
        hub.Misbehave = static (_, _, _) => Task.FromResult(false);
        hub.Requests.Clear();
        (int code, string output, string error) = await Cli.RunAsync(_folder.Path(), "pull", "o/n:Q4_0", "--endpoint", hub.Url.AbsoluteUri);
        Assert.True(code == 0, error);
        Assert.StartsWith("o/n:Q4_0: 33.6 MB in 1 file(s), ", output, StringComparison.Ordinal);
        Assert.Equal([Chunk, 2L * Chunk], hub.Requests.Select(request => request.From!.Value).Order());
        Assert.Equal(content, File.ReadAllBytes(_models.PathOf(_models.List().Single())));
    }

    [Fact]
    public async Task Pulled_model_is_listed_found_by_name_and_removed()
    {
        await using StubHub hub = await StubHub.StartAsync();
        hub.Files["tiny-F16.gguf"] = File.ReadAllBytes(Path.Combine(Repository.Root, "models", "story.gguf"));
        string home = _folder.Path();
        await MustAsync("pull", "o/n:F16", "--endpoint", hub.Url.AbsoluteUri);
        JsonElement row = JsonDocument.Parse(await MustAsync("ls", "--output", "json")).RootElement.EnumerateArray().First(row => row.GetProperty("name").GetString() == "o/n:F16");
        Assert.Equal(("F16", hub.Files["tiny-F16.gguf"].Length), (row.GetProperty("quantization").GetString(), row.GetProperty("size").GetInt64()));
        Assert.StartsWith("sha256:", row.GetProperty("digest").GetString(), StringComparison.Ordinal);
        string table = await MustAsync("ls");
        Assert.Matches("o/n:F16 +[0-9.]+ [kMG]B +F16 +20[0-9-]{8} [0-9:]{5} +[0-9a-f]{12}", table);
        Assert.Matches("story +[0-9.]+ [kMG]B ", table);
        Assert.Contains("llama", await MustAsync("show", "-m", "o/n:F16"), StringComparison.Ordinal);
        Assert.Matches("^o/n:F16: removed, [0-9.]+ [kMG]B freed\n$", await MustAsync("rm", "o/n:F16"));
        (int code, _, string error) = await Cli.RunAsync(home, "show", "-m", "o/n:F16");
        Assert.Equal((1, "millrace: no model 'o/n:F16': no such file or folder, and it was not pulled\n"), (code, error));
        (_, _, error) = await Cli.RunAsync(home, "rm", "story");
        Assert.Contains("'story' was not pulled", error, StringComparison.Ordinal);
        Assert.Equal("parts of files: 0 B freed\n", await MustAsync("rm", "--partial"));
        Assert.Contains("panels, made once and mapped; kept: none in ", await MustAsync("explain", "-m", "story", "--weights", "kept-panels"), StringComparison.Ordinal);
        Assert.Equal("panels: 0 B freed\n", await MustAsync("rm", "--panels"));
        string tokens = await MustAsync("run", "-m", "story", "--tokens", "1,2,3", "-n", "4", "--temp", "0", "--output", "ids");
        Assert.Equal(tokens, await MustAsync("run", "-m", "story", "--tokens", "1,2,3", "-n", "4", "--temp", "0", "--output", "ids", "--weights", "low-memory"));
        Assert.Equal(tokens, await MustAsync("run", "-m", "story", "--tokens", "1,2,3", "-n", "4", "--temp", "0", "--output", "ids", "--weights", "kept-panels"));
        Assert.Matches("kept panels +1 file\\(s\\) with ", await MustAsync("doctor"));
        Assert.Matches("^panels: [1-9][0-9.]* [kMG]B freed\n$", await MustAsync("rm", "--panels"));
        (code, _, error) = await Cli.RunAsync(home, "rm");
        Assert.Equal((2, "millrace: expected the names of models, or --partial, or --panels\n"), (code, error));
        (code, _, error) = await Cli.RunAsync(home, "pull", "../n");
        Assert.Equal((2, "millrace: expected owner/name or owner/name:FILE_or_QUANT, found '../n'\n"), (code, error));

        async Task<string> MustAsync(params string[] args)
        {
            (int code, string output, string error) = await Cli.RunAsync(home, args);
            Assert.True(code == 0, error);
            return output;
        }
    }

    // Lets so many chunks come, then refuses for good.
    async Task BreakAsync(StubHub hub, int chunks)
    {
        hub.Misbehave = (context, number, _) =>
        {
            context.Response.StatusCode = number < chunks ? 200 : 403;
            return Task.FromResult(number >= chunks);
        };
        await Assert.ThrowsAsync<StoreException>(() => new ModelPull(_models, PullTests.Fast(hub) with { Connections = 1 }).RunAsync(ModelName.Parse("o/n"), null, TestContext.Current.CancellationToken));
        hub.Misbehave = static (_, _, _) => Task.FromResult(false);
    }

    Task<Manifest> PullAsync(StubHub hub) => new ModelPull(_models, PullTests.Fast(hub)).RunAsync(ModelName.Parse("o/n"), null, TestContext.Current.CancellationToken);

    /// <summary>The command line in a process of its own, which lives in a home of the test's.</summary>
    static class Cli
    {
        public static Process Start(string home, params string[] args)
        {
            ProcessStartInfo start = new(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet", [Path.Combine(AppContext.BaseDirectory, "Millrace.Cli.dll"), .. args])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            start.Environment["MILLRACE_HOME"] = home;
            start.Environment.Remove("HF_TOKEN");
            return Process.Start(start)!;
        }

        public static async Task<(int Code, string Out, string Error)> RunAsync(string home, params string[] args)
        {
            using Process process = Start(home, args);
            Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return (process.ExitCode, await output, await error);
        }
    }
}
