using System.Text.Json;
using Millrace.Planning.Simulation;

namespace Millrace.Tests.Server.Faults;

/// <summary>What a server writes down of its engines.</summary>
public sealed class ServeLogsTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly string _model;

    public ServeLogsTests()
    {
        _model = _folder.Path("story.gguf");
        StoryWithTemplate.Write(_model);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Steps_are_logged_and_the_recording_replays_with_the_same_decisions()
    {
        string steps = _folder.Path("steps.jsonl");
        string recording = _folder.Path("run.jsonl");
        using (ServerProcess server = await ServerProcess.StartAsync(_folder.Path("home"), _model, args: ["--log-steps", steps, "--record", recording]))
        {
            await Task.WhenAll(Enumerable.Range(0, 3).Select(seed => StreamedAnswer.ReadAsync(server.Http, 20, seed)));
            server.Signal("TERM");
            Assert.Equal(0, await server.WaitAsync());
        }

        JsonElement[] logged = [.. File.ReadLines(steps).Select(line => JsonDocument.Parse(line).RootElement)];
        Recording recorded = Recording.Read(recording);
        RecordedStep[] made = [.. recorded.Lines.OfType<RecordedStep>()];
        Assert.Equal(made.Length, logged.Length);
        Assert.Equal(made.Select(step => step.Slices.Sum(slice => slice.Count)), logged.Select(step => step.GetProperty("tokens").GetInt32()));
        Assert.Equal(made.Select(step => (double)step.Microseconds), logged.Select(step => step.GetProperty("measured_us").GetDouble()));
        Assert.Equal(3, recorded.Requests().Count());
        Assert.Null(Replay.Run(recorded).Difference);
    }

    [Fact]
    public async Task Log_that_cannot_be_written_ends_the_start()
    {
        (int code, string error) = await ServerProcess.RunAsync(_folder.Path("home"), "serve", "-m", _model, "--log-steps", _folder.Path("missing/x"));
        Assert.Equal(1, code);
        Assert.Contains("missing", error, StringComparison.Ordinal);
    }
}
