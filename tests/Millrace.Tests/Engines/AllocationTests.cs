using Millrace.Devices.Cpu;
using Millrace.Formats;
using Millrace.Kernels;
using Millrace.Sampling;
using Millrace.Scheduling;
using Millrace.Tests.Conformance.Models;
using Millrace.Tokenization;
using static Millrace.Tests.Engines.EngineRequests;

namespace Millrace.Tests.Engines;

/// <summary>Between tokens nothing is allocated, by the loop or by what it runs.</summary>
public sealed class AllocationTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly List<long> _allocated = new(8); // by the loop's thread, each hundred steps

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_loop_allocates_nothing_between_tokens()
    {
        FakeDevice device = new(blocks: 600) { BeforeStep = (step, _) => Note(step) };
        await using Engine engine = device.Start(context: 2000, blocks: 600);
        Generation[] generations = [.. Enumerable.Range(0, 4).Select(i => engine.Submit(Ask(Tokens(i, 10), 500)))];
        await Task.WhenAll(generations.Select(Count));
        AssertNothing();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.9f)]
    public async Task Steps_that_are_drawn_from_and_read_as_text_allocate_nothing(float temperature)
    {
        using ModelFile file = ModelFile.Open(KnownStory.Path);
        CpuOptions options = Options(WeightMode.Panels, KvType.F16);
        using CpuDevice device = CpuDevice.Load(file, options);
        await using Engine engine = new(Watched(device), new() { Device = options }, Tokenizer.FromModel(file), null, "story");
        GenerationRequest request = new() { Prompt = engine.Tokenizer.Encode("Once upon"), MaxTokens = 500, Sampling = SamplingParameters.Chat with { Temperature = temperature }, StopTokens = new HashSet<int>() };
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Text(engine, request)));
        AssertNothing();
    }

    [Theory]
    [InlineData("llama", WeightType.Q4_0, WeightMode.Panels, KvType.F16, 1)]
    [InlineData("llama", WeightType.Q4_0, WeightMode.Panels, KvType.Int8, 1)]
    [InlineData("llama", WeightType.Q4_0, WeightMode.Panels, KvType.Int8, 6)]
    [InlineData("llama", WeightType.Q8_0, WeightMode.LowMemory, KvType.F16, 1)]
    [InlineData("llama", WeightType.Q4_K, WeightMode.LowMemory, KvType.Int8, 6)]
    [InlineData("llama", WeightType.F16, WeightMode.LowMemory, KvType.F16, 6)]
    [InlineData("llama", WeightType.Q4_0, WeightMode.KeptPanels, KvType.F16, 1)]
    [InlineData("llama", WeightType.Q6_K, WeightMode.KeptPanels, KvType.Int8, 6)]
    [InlineData("mixtral", WeightType.Q4_0, WeightMode.Panels, KvType.F16, 1)]
    [InlineData("mixtral", WeightType.Q4_0, WeightMode.Panels, KvType.F16, 6)]
    [InlineData("mixtral", WeightType.Q4_0, WeightMode.LowMemory, KvType.Int8, 6)]
    [InlineData("qwen3moe", WeightType.Q4_K, WeightMode.KeptPanels, KvType.F16, 6)]
    [InlineData("gpt-oss", WeightType.MXFP4, WeightMode.LowMemory, KvType.F16, 6)]
    public async Task Steps_allocate_nothing_wherever_weights_are(string variant, WeightType type, WeightMode weights, KvType kv, int streams)
    {
        using TinyModelFile tiny = new(variant, type);
        using ModelFile file = ModelFile.Open(tiny.Path);
        CpuOptions options = Options(weights, kv);
        using CpuDevice device = CpuDevice.Load(file, options);
        Assert.Equal(weights, device.Weights);
        await using Engine engine = new(Watched(device), new() { Device = options }, null, null, variant);
        Generation[] generations = [.. Enumerable.Range(0, streams).Select(stream => engine.Submit(Ask([.. Tokens(stream, 10).Select(token => token % device.Vocabulary)], 500)))];
        Assert.All(await Task.WhenAll(generations.Select(Count)), count => Assert.Equal(500, count));
        AssertNothing();
    }

    CpuOptions Options(WeightMode weights, KvType kv) => new() { Context = 512, Threads = 1, MaxTokens = 64, KvBlocks = 128, KvType = kv, Weights = weights, PanelFolder = _folder.Path() };

    EngineDevice Watched(CpuDevice cpu)
    {
        EngineDevice device = EngineDevice.From(cpu);
        int step = 0;
        return device with
        {
            Run = batch =>
            {
                Note(++step);
                device.Run(batch);
            },
        };
    }

    void Note(int step)
    {
        if (step % 100 == 0 && step > 0)
        {
            _allocated.Add(GC.GetAllocatedBytesForCurrentThread());
        }
    }

    void AssertNothing()
    {
        long[] perHundred = [.. _allocated.Zip(_allocated.Skip(1), static (before, after) => after - before)];
        Assert.True(perHundred.Length >= 3);
        // The thread pool allocates once when a reader is woken for the first time, which may be late; steps never do.
        Assert.True(perHundred.Count(static bytes => bytes == 0) >= perHundred.Length - 1, string.Join(' ', perHundred));
    }

    static async Task Text(Engine engine, GenerationRequest request)
    {
        await foreach (AnswerPiece _ in new AnswerReader(engine, request, []).ReadAsync())
        {
        }
    }
}
