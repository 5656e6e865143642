using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Millrace.Devices.Cpu;
using Millrace.Formats;
using Millrace.Sampling;
using Millrace.Tokenization;

namespace Millrace.Tests;

public sealed class MillraceChatClientTests : IAsyncDisposable
{
    const string Template = "{% for message in messages %}{% if message.role == 'system' %}{{ message.content }} {% else %}{{ message.content }}{% endif %}{% endfor %}";

    readonly CpuDevice _device;
    readonly Engine _engine;
    readonly MillraceChatClient _client;

    /// <summary>A story teller that continues what it is told.</summary>
    public MillraceChatClientTests()
    {
        using ModelFile file = ModelFile.Open(KnownStory.Path);
        CpuOptions options = new() { Context = 2048, Threads = 1, MaxTokens = 64, KvBlocks = 80 };
        _device = CpuDevice.Load(file, options);
        _engine = new Engine(EngineDevice.From(_device), new() { Device = options }, Tokenizer.FromModel(file), Template, "story");
        _client = new MillraceChatClient(_engine, new SamplingParameters { Temperature = 0 });
    }

    [Fact]
    public async Task It_answers_a_conversation()
    {
        ChatResponse response = await Ask("Once upon", new() { MaxOutputTokens = 6 });
        Assert.Equal(" a time there was a small", response.Text);
        Assert.Equal(ChatFinishReason.Length, response.FinishReason);
        Assert.Equal("story", response.ModelId);
        Assert.Equal(ChatRole.Assistant, Assert.Single(response.Messages).Role);
        Assert.Equal(6, response.Usage!.OutputTokenCount);
        Assert.Equal(response.Usage.InputTokenCount + 6, response.Usage.TotalTokenCount);
    }

    [Fact]
    public async Task A_conversation_goes_on_with_the_answer_handed_back_and_finds_it_cached()
    {
        List<ChatMessage> messages = [new(ChatRole.User, "Once upon")];
        ChatResponse first = await _client.GetResponseAsync(messages, new() { MaxOutputTokens = 40 }, Cancel);
        messages.AddRange(first.Messages);
        ChatResponse second = await _client.GetResponseAsync(messages, new() { MaxOutputTokens = 4 }, Cancel);
        ChatResponse whole = await Ask("Once upon", new() { MaxOutputTokens = 44 });
        Assert.Equal(whole.Text, first.Text + second.Text);
        Assert.True(second.Usage!.CachedInputTokenCount >= 32);
    }

    [Fact]
    public async Task Updates_belong_together_and_the_last_says_why_it_ended()
    {
        List<ChatResponseUpdate> updates = [];
        await foreach (ChatResponseUpdate update in _client.GetStreamingResponseAsync("Once upon", new() { MaxOutputTokens = 5 }, Cancel))
        {
            updates.Add(update);
        }

        Assert.Single(updates.Select(update => update.ResponseId).Distinct());
        Assert.Single(updates.Select(update => update.MessageId).Distinct());
        Assert.All(updates, update => Assert.Equal("story", update.ModelId));
        Assert.All(updates[..^1], update => Assert.Null(update.FinishReason));
        Assert.Equal(ChatFinishReason.Length, updates[^1].FinishReason);
        Assert.IsType<UsageContent>(Assert.Single(updates[^1].Contents));
        Assert.True(updates.Count > 3);
    }

    [Fact]
    public async Task A_stop_sequence_ends_the_answer_before_it()
    {
        ChatResponse response = await Ask("Once upon", new() { MaxOutputTokens = 60, StopSequences = ["mill beside"] });
        Assert.Equal(" a time there was a small ", response.Text);
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
    }

    [Fact]
    public async Task An_empty_stop_sequence_is_an_error() =>
        await Assert.ThrowsAsync<ArgumentException>(() => Ask("Once upon", new() { StopSequences = [""] }));

    [Fact]
    public async Task Instructions_come_first()
    {
        ChatResponse response = await Ask("upon", new() { MaxOutputTokens = 2, Instructions = "Once" });
        Assert.Equal(" a time", response.Text);
    }

    [Fact]
    public async Task Requests_of_many_threads_run_together()
    {
        string alone = (await Ask("Once upon", new() { MaxOutputTokens = 30 })).Text;
        string[] texts = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Task.Run(async () => (await Ask("Once upon", new() { MaxOutputTokens = 30 })).Text)));
        Assert.All(texts, text => Assert.Equal(alone, text));
    }

    [Fact]
    public async Task Equal_seeds_give_equal_answers_and_others_another()
    {
        ChatOptions options = new() { MaxOutputTokens = 30, Temperature = 30, TopP = 1, Seed = 7 };
        string first = (await Ask("Once upon", options)).Text;
        Assert.Equal(first, (await Ask("Once upon", options)).Text);
        Assert.NotEqual(first, (await Ask("Once upon", new() { MaxOutputTokens = 30, Temperature = 30, TopP = 1, Seed = 8 })).Text);
    }

    [Fact]
    public async Task Cancelling_ends_the_stream()
    {
        using CancellationTokenSource source = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (ChatResponseUpdate _ in _client.GetStreamingResponseAsync("Once upon", new() { MaxOutputTokens = 2000 }, source.Token))
            {
                await source.CancelAsync();
            }
        });
    }

    [Fact]
    public async Task Cancelling_ends_the_stream_of_an_answer_that_is_whole_already()
    {
        using CancellationTokenSource source = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (ChatResponseUpdate update in _client.GetStreamingResponseAsync("Once upon", new() { MaxOutputTokens = 1 }, source.Token))
            {
                Assert.Null(update.FinishReason);
                await source.CancelAsync();
            }
        });
    }

    [Fact]
    public async Task A_conversation_without_room_is_an_error() =>
        await Assert.ThrowsAsync<ContextLengthException>(() => Ask(string.Concat(Enumerable.Repeat("mill ", 3000)), new()));

    public static TheoryData<string, ChatOptions> Unsupported => new()
    {
        { "Tools", new() { Tools = [AIFunctionFactory.Create(() => 1, "one")] } },
        { "ToolMode", new() { ToolMode = ChatToolMode.RequireAny } },
        { "ResponseFormat", new() { ResponseFormat = ChatResponseFormat.Json } },
        { "ConversationId", new() { ConversationId = "1" } },
        { "Reasoning", new() { Reasoning = new() } },
        { "RawRepresentationFactory", new() { RawRepresentationFactory = _ => null } },
        { "ModelId gpt", new() { ModelId = "gpt" } },
        { "grammar", new() { AdditionalProperties = new() { ["grammar"] = "x" } } },
        { "min_p", new() { AdditionalProperties = new() { ["min_p"] = "much" } } },
        { "repeat_last_n", new() { AdditionalProperties = new() { ["repeat_last_n"] = 1.5 } } },
        { "dry_sequence_breakers", new() { AdditionalProperties = new() { ["dry_sequence_breakers"] = 1 } } },
        { "mirostat", new() { AdditionalProperties = new() { ["mirostat"] = 1 } } },
    };

    [Theory]
    [MemberData(nameof(Unsupported))]
    public async Task What_is_not_supported_is_an_error_that_names_it(string name, ChatOptions options)
    {
        NotSupportedException error = await Assert.ThrowsAsync<NotSupportedException>(() => Ask("Once upon", options));
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Content_that_is_not_text_is_an_error_that_names_it()
    {
        NotSupportedException error = await Assert.ThrowsAsync<NotSupportedException>(() =>
            _client.GetResponseAsync([new(ChatRole.User, [new DataContent("data:image/png;base64,AA==")])], null, Cancel));
        Assert.Contains("DataContent", error.Message, StringComparison.Ordinal);
        error = await Assert.ThrowsAsync<NotSupportedException>(() => _client.GetResponseAsync([new(ChatRole.Tool, "4")], null, Cancel));
        Assert.Contains("tool", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_become_sampling_parameters_over_the_defaults()
    {
        SamplingParameters sampling = ChatOptionsMapping.Sampling(
            new()
            {
                Temperature = 0.5f,
                TopP = 0.6f,
                TopK = 7,
                FrequencyPenalty = 0.1f,
                PresencePenalty = 0.2f,
                Seed = 9,
                AdditionalProperties = new()
                {
                    ["min_p"] = 0.3, ["typical_p"] = 0.4f, ["repeat_penalty"] = 1.2m, ["repeat_last_n"] = 5L, ["dry_multiplier"] = 1, ["dry_base"] = 2,
                    ["dry_allowed_length"] = 3, ["dry_penalty_last_n"] = -1, ["xtc_probability"] = 0.5, ["xtc_threshold"] = JsonSerializer.SerializeToElement(0.2),
                    ["mirostat"] = 2, ["mirostat_tau"] = 4, ["mirostat_eta"] = 0.2,
                },
            },
            SamplingParameters.Chat,
            _engine.Tokenizer);
        SamplingParameters expected = new()
        {
            Temperature = 0.5f, TopP = 0.6f, TopK = 7, FrequencyPenalty = 0.1f, PresencePenalty = 0.2f, Seed = 9, MinP = 0.3f, TypicalP = 0.4f,
            RepetitionPenalty = 1.2f, PenaltyWindow = 5, DryMultiplier = 1, DryBase = 2, DryAllowedLength = 3, XtcProbability = 0.5f, XtcThreshold = 0.2f,
            Mirostat = true, MirostatTau = 4, MirostatEta = 0.2f,
        };
        Assert.Contains(sampling.DryBreakers, breaker => breaker is [(int)'\n']);
        Assert.Equal(expected with { LogitBias = sampling.LogitBias, DryBreakers = sampling.DryBreakers }, sampling);
        Assert.Equal(SamplingParameters.Chat, ChatOptionsMapping.Sampling(null, SamplingParameters.Chat, _engine.Tokenizer) with { Seed = 0 });
    }

    [Fact]
    public void It_gives_its_metadata_and_its_engine_as_services()
    {
        ChatClientMetadata metadata = _client.GetRequiredService<ChatClientMetadata>();
        Assert.Equal(("millrace", "story"), (metadata.ProviderName, metadata.DefaultModelId));
        Assert.Same(_engine, _client.GetService<Engine>());
        Assert.Same(_client, _client.GetService<IChatClient>());
        Assert.Null(_client.GetService<string>());
        Assert.Null(_client.GetService(typeof(Engine), "key"));
    }

    [Fact]
    public async Task Services_hold_one_engine_that_ends_with_them()
    {
        ServiceProvider provider = new ServiceCollection().AddMillrace(options =>
        {
            options.Model = KnownStory.Path;
            options.Engine = new() { Device = new() { Context = 64, Threads = 1 } };
        }).BuildServiceProvider();
        Engine engine = provider.GetRequiredService<Engine>();
        Assert.Same(engine, provider.GetRequiredService<Engine>());
        Assert.Contains("no chat template", Assert.Throws<InvalidOperationException>(() => provider.GetRequiredService<IChatClient>()).Message, StringComparison.Ordinal);
        await provider.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => engine.Submit(new() { Prompt = [1] }));
    }

    [Fact]
    public void Services_without_a_model_are_refused_at_once() =>
        Assert.Throws<ArgumentException>(() => new ServiceCollection().AddMillrace(_ => { }));

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        _device.Dispose();
        _client.Dispose();
    }

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    Task<ChatResponse> Ask(string text, ChatOptions options) => _client.GetResponseAsync(text, options, Cancel);
}
