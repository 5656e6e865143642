using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Millrace.Devices.Cpu;

namespace Millrace.Tests;

public sealed class MillraceEmbeddingGeneratorTests : IAsyncDisposable
{
    readonly ServiceProvider _services;
    readonly Engine _engine;
    readonly IEmbeddingGenerator<string, Embedding<float>> _generator;

    public MillraceEmbeddingGeneratorTests()
    {
        _services = new ServiceCollection()
            .AddMillrace(options =>
            {
                options.Model = KnownStory.Path;
                options.Engine = new() { Device = new CpuOptions { Context = 64, Threads = 1, MaxTokens = 16, KvBlocks = 16 } };
            })
            .BuildServiceProvider();
        _engine = _services.GetRequiredService<Engine>();
        _generator = _services.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>();
    }

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Texts_become_vectors_of_length_1_in_their_order()
    {
        string[] texts = ["Once upon", "Every morning the miller", "a time there was"];
        GeneratedEmbeddings<Embedding<float>> together = await _generator.GenerateAsync(texts, cancellationToken: Cancel);
        Assert.Equal(3, together.Count);
        int tokens = texts.Sum(text => _engine.Tokenizer.Encode(text).Count);
        Assert.Equal((tokens, tokens), (together.Usage!.InputTokenCount, together.Usage.TotalTokenCount));
        for (int i = 0; i < texts.Length; i++)
        {
            Assert.Equal(together[i].Vector.ToArray(), (await _generator.GenerateAsync(texts[i], cancellationToken: Cancel)).Vector.ToArray());
            Assert.Equal(1, together[i].Vector.ToArray().Sum(x => (double)x * x), 1e-6);
            Assert.Equal(_engine.ModelName, together[i].ModelId);
        }

        Assert.Empty(await _generator.GenerateAsync([], cancellationToken: Cancel));
    }

    [Fact]
    public async Task What_cannot_be_honoured_is_refused_by_name()
    {
        Assert.Single(await _generator.GenerateAsync(["x"], new() { Dimensions = _engine.EmbeddingWidth, ModelId = _engine.ModelName }, Cancel));
        Assert.Contains("Dimensions 5", (await Refused(new() { Dimensions = 5 })).Message, StringComparison.Ordinal);
        Assert.Contains("ModelId other", (await Refused(new() { ModelId = "other" })).Message, StringComparison.Ordinal);
        Assert.Contains("AdditionalProperties", (await Refused(new() { AdditionalProperties = new() { ["truncate"] = true } })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_that_is_too_long_is_refused_and_ends_the_others()
    {
        string text = string.Concat(Enumerable.Repeat(" there was a small mill", 40));
        await Assert.ThrowsAsync<ContextLengthException>(() => _generator.GenerateAsync(["Once upon", text, "Once upon"], cancellationToken: Cancel));
        Assert.Single(await _generator.GenerateAsync(["Once upon"], cancellationToken: Cancel));
    }

    [Fact]
    public void It_says_what_it_is()
    {
        EmbeddingGeneratorMetadata metadata = _generator.GetService<EmbeddingGeneratorMetadata>()!;
        Assert.Equal(("millrace", _engine.ModelName, _engine.EmbeddingWidth), (metadata.ProviderName, metadata.DefaultModelId, metadata.DefaultModelDimensions));
        Assert.Same(_engine, _generator.GetService<Engine>());
        Assert.Null(_generator.GetService<string>());
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    Task<NotSupportedException> Refused(EmbeddingGenerationOptions options) =>
        Assert.ThrowsAsync<NotSupportedException>(() => _generator.GenerateAsync(["x"], options, Cancel));
}
