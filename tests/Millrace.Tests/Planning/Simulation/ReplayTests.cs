using Millrace.Devices.Cpu;
using Millrace.Formats;
using Millrace.Planning;
using Millrace.Planning.Simulation;
using Millrace.Sampling;
using Millrace.Scheduling;

namespace Millrace.Tests.Planning.Simulation;

public class ReplayTests
{
    [Fact]
    public async Task The_simulator_takes_the_decisions_of_the_live_engine_on_the_default_model()
    {
        using TemporaryFolder folder = new();
        string path = folder.Path("run.jsonl");
        EngineOptions options = new() { Device = new CpuOptions { Context = 512, KvBlocks = 20, Threads = 1, MaxTokens = 64 }, MaxSequences = 5, Recorder = new RunRecorder(File.Create(path)) };
        using (ModelFile file = ModelFile.Open(Path.Combine(Repository.Root, "models", "story.gguf")))
        await using (Engine engine = Engine.Load(file, options))
        {
            await Load(engine, requests: 30, new Random(1), prompt: random => engine.Tokenizer.Encode(Story(random), addSpecial: true));
        }

        options.Recorder.Dispose();
        ReplayResult result = Replay.Run(Recording.Read(path));
        Assert.Null(result.Difference);
        Assert.True(result.Steps > 100, $"{result.Steps} steps");
        Assert.True(result.Tpot.Percentile(50) > 0);
        string[] lines = File.ReadAllLines(path);
        Assert.Contains(lines, line => line.Contains("\"fork\"", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("Cancelled", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("\"preempted\":[", StringComparison.Ordinal) && !line.Contains("\"preempted\":[]", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Decisions_under_pressure_are_replayed(int seed)
    {
        using TemporaryFolder folder = new();
        string path = folder.Path("run.jsonl");
        RunRecorder recorder = new(File.Create(path));
        FakeDevice device = new(blocks: 30) { BeforeStep = (step, _) => Fail(step == 60) };
        await using (Engine engine = device.Start(context: 100, stepTokens: 12, maxSequences: 6, blocks: 30, with: options => options with { Recorder = recorder, CachedBlocksPerTenant = 8 }))
        {
            Random prompts = new(seed);
            await Load(engine, requests: 60, new Random(seed), prompt: random => [.. Enumerable.Range(0, random.Next(1, 40)).Select(i => (i + random.Next(1, 3)) % FakeDevice.Vocabulary)]);
        }

        recorder.Dispose();
        ReplayResult result = Replay.Run(Recording.Read(path));
        Assert.Null(result.Difference);
        Assert.True(result.Steps > 60, $"{result.Steps} steps");
    }

    [Fact]
    public async Task A_changed_decision_is_found()
    {
        using TemporaryFolder folder = new();
        string path = await Record(folder, requests: 5);
        string[] lines = File.ReadAllLines(path);
        int step = Array.FindLastIndex(lines, line => line.StartsWith("{\"step\"", StringComparison.Ordinal));
        lines[step] = lines[step].Replace("\"budget\":16", "\"budget\":15", StringComparison.Ordinal);
        File.WriteAllLines(path, lines);
        Assert.Contains($"line {step + 1}: step", Replay.Run(Recording.Read(path)).Difference, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_recording_is_a_load_for_other_hardware()
    {
        using TemporaryFolder folder = new();
        string path = await Record(folder, requests: 20);
        PlannedRequest[] requests = [.. Recording.Read(path).Requests()];
        Assert.True(requests.Length >= 20);
        Assert.All(requests, request => Assert.Equal(6, request.InputTokens));
        Assert.All(requests, request => Assert.Equal(requests[0].Parts[0], request.Parts[0])); // a block of 4 that all share
        FleetResult result = new Fleet(new FleetOptions { Groups = [new(new SimpleReplica(), 1, 2)] }).Run(requests, TestContext.Current.CancellationToken);
        Assert.Equal(requests.Length, result.Completed);
    }

    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData("{}", "line 1: expected a whole number from 1 to 1 as recording")]
    [InlineData("[1]", "line 1: expected a JSON object")]
    [InlineData("HEADER\n{\"step\":1", "line 2: expected a JSON object")]
    [InlineData("HEADER\n{\"what\":1}", "line 2: expected a line with arrive, fork, step or end")]
    [InlineData("HEADER\n{\"step\":1,\"seconds\":-1}", "line 2: expected seconds of at least 0 as seconds")]
    [InlineData("HEADER\n{\"step\":1,\"seconds\":0,\"microseconds\":1,\"budget\":16,\"slices\":[[1,2]],\"preempted\":[]}", "line 2: expected lists of 4 numbers as slices")]
    [InlineData("HEADER\n{\"end\":7,\"seconds\":0,\"tokens\":1,\"blocks\":[]}", "line 2: expected a sequence that came before")]
    [InlineData("HEADER\n{\"arrive\":3,\"seconds\":0,\"prompt\":4,\"limit\":1,\"class\":\"standard\",\"priority\":0,\"tenant\":0,\"weight\":1,\"salt\":0,\"blocks\":[]}", "line 2: expected sequence 0 to be the next, found '3'")]
    [InlineData("HEADER\n{\"arrive\":0,\"seconds\":0,\"prompt\":4000,\"limit\":1,\"class\":\"standard\",\"priority\":0,\"tenant\":0,\"weight\":1,\"salt\":0,\"blocks\":[]}", "line 2: 4000 prompt tokens")]
    [InlineData("HEADER\n{\"arrive\":0,\"seconds\":0,\"prompt\":4,\"limit\":1,\"class\":\"soon\",\"priority\":0,\"tenant\":0,\"weight\":1,\"salt\":0,\"blocks\":[]}", "line 2: expected realtime, standard or batch as class")]
    public void A_broken_line_is_named(string text, string reason)
    {
        const string Header = """{"recording":1,"model":"m","blocks":64,"block_size":4,"cached_per_tenant":9,"step_tokens":16,"max_sequences":4,"step_logits":16,"realtime":{"multiple":2},"standard":{},"batch":{},"flops_per_token":10,"keys":[[0,1,1]]}""";
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.Path("r.jsonl"), text.Replace("HEADER", Header, StringComparison.Ordinal));
        PlanningException exception = Assert.Throws<PlanningException>(() => Replay.Run(Recording.Read(folder.Path("r.jsonl"))));
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    static async Task<string> Record(TemporaryFolder folder, int requests)
    {
        string path = folder.Path("run.jsonl");
        RunRecorder recorder = new(File.Create(path));
        await using (Engine engine = new FakeDevice().Start(with: options => options with { Recorder = recorder }))
        {
            await Load(engine, requests, new Random(3), prompt: _ => [1, 2, 3, 4, 5, 6]);
        }

        recorder.Dispose();
        return path;
    }

    // Requests of all classes and several tenants that come while others run; some have choices, some are given up.
    static async Task Load(Engine engine, int requests, Random random, Func<Random, IReadOnlyList<int>> prompt)
    {
        List<Task> readers = [];
        for (int i = 0; i < requests; i++)
        {
            GenerationRequest request = new()
            {
                Prompt = prompt(random),
                MaxTokens = random.Next(1, 60),
                Class = (ServiceClass)random.Next(3),
                Tenant = random.Next(3),
                TenantWeight = 1 + random.Next(2),
                Sampling = new SamplingParameters { Temperature = 0.8f, Seed = (ulong)i },
                StopTokens = i % 4 == 0 ? new HashSet<int> { 7, 13, 30 } : new HashSet<int>(),
                CacheSalt = random.Next(2),
            };
            int most = i % 7 == 3 ? 3 : int.MaxValue;
            readers.AddRange(engine.SubmitMany(request, i % 5 == 2 ? 3 : 1).Select(generation => Read(generation, most)));
            await Task.Delay(random.Next(4), TestContext.Current.CancellationToken);
        }

        await Task.WhenAll(readers);
    }

    static async Task Read(Generation generation, int most)
    {
        try
        {
            int read = 0;
            await foreach (TokenOutput _ in generation)
            {
                if (++read == most)
                {
                    return;
                }
            }
        }
        catch (GenerationException)
        {
            // The step that was made to fail.
        }
    }

    static string Story(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(1, 30)).Select(i => i < 14 ? "Once upon a time there was a fox. " : random.Next(2) == 0 ? "He saw a tree. " : "She was happy. "));

    static void Fail(bool fail)
    {
        if (fail)
        {
            throw new InvalidOperationException("made to fail");
        }
    }
}
