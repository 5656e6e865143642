using System.Text;
using Millrace.Devices.Cpu;
using Millrace.Formats;
using Millrace.Sampling;

namespace Millrace.Tests;

/// <summary>The engine over the processor: a model whose every token is known, and a real one where it is at hand.</summary>
public sealed class EngineModelTests
{
    static readonly EngineOptions Small = new() { Device = new CpuOptions { Context = 256, Threads = 1, MaxTokens = 64 }, MaxSequences = 4 };

    [Fact]
    public async Task A_real_model_continues_as_llama_cpp_does()
    {
        // Greedy, no template, no beginning token; llama.cpp with AVX2.
        int[] expected = [7042, 30, 198, 198, 504, 1797, 1918, 553];
        await using Engine engine = Load(SharedData.Require("models", "SmolLM2-135M-Instruct.Q4_1.gguf"), Small);
        List<int> tokens = [];
        await foreach (TokenOutput output in engine.Submit(Ask(engine.Tokenizer.Encode("The capital of France is", addSpecial: false), expected.Length)))
        {
            tokens.Add(output.Token);
        }

        Assert.Equal(expected, tokens);
    }

    [Fact]
    public async Task Texts_together_are_the_texts_alone()
    {
        await using Engine engine = Load(KnownStory.Path, Small);
        string[] beginnings = ["Once upon", "Every morning the", "She took a lamp", "They sat down", "Once upon"];
        string[] together = await Task.WhenAll(beginnings.Select(text => Text(engine, text, 20)));
        for (int i = 0; i < beginnings.Length; i++)
        {
            Assert.Equal(together[i], await Text(engine, beginnings[i], 20, salt: i + 1)); // nothing cached
        }

        Assert.Equal(together[0], together[4]);
        Assert.StartsWith(" a time there was a small mill", together[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_preempted_text_is_the_text_it_is_alone()
    {
        await using Engine engine = Load(KnownStory.Path, Small with { MaxSequences = 1 });
        string alone = await Text(engine, "Once upon", 100);
        Task<string> preempted = Text(engine, "Once upon", 100, salt: 2);
        await Text(engine, "Every morning", 5, priority: 1);
        Assert.Equal(alone, await preempted);
    }

    [Fact]
    public async Task A_stop_string_ends_the_text_before_it()
    {
        await using Engine engine = Load(KnownStory.Path, Small);
        AnswerReader answer = new(engine, Ask(engine.Tokenizer.Encode("Once upon"), 60), ["nothing", "all mil"]);
        StringBuilder text = new();
        await foreach (AnswerPiece piece in answer.ReadAsync(TestContext.Current.CancellationToken))
        {
            text.Append(piece.Text);
        }

        Assert.Equal(" a time there was a sm", text.ToString());
        Assert.Equal("all mil", answer.StopString);
        Assert.Equal(FinishReason.Stop, answer.FinishReason);
        Assert.Equal(answer.Tokens, answer.Usage.CompletionTokens);
    }

    static Engine Load(string path, EngineOptions options)
    {
        using ModelFile file = ModelFile.Open(path);
        return Engine.Load(file, options);
    }

    static Task<string> Text(Engine engine, string beginning, int tokens, long salt = 0, int priority = 0) =>
        Read(engine, Ask(engine.Tokenizer.Encode(beginning), tokens) with { CacheSalt = salt, Priority = priority });

    static async Task<string> Read(Engine engine, GenerationRequest request)
    {
        StringBuilder text = new();
        await foreach (AnswerPiece piece in new AnswerReader(engine, request, []).ReadAsync())
        {
            text.Append(piece.Text);
        }

        return text.ToString();
    }

    static GenerationRequest Ask(List<int> prompt, int tokens) =>
        new() { Prompt = prompt, MaxTokens = tokens, Sampling = new SamplingParameters { Temperature = 0 } };
}
