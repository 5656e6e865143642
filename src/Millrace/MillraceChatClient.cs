using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Millrace.Sampling;

namespace Millrace;

/// <summary>An engine as <see cref="IChatClient"/>: conversations in, by the model's own template, and answers out. Any number of threads may use one; their requests run together. Disposing it does nothing: the engine belongs to whoever loaded it.</summary>
/// <remarks>An option that the engine cannot honour is an error that names it, and is never ignored.</remarks>
public sealed class MillraceChatClient : IChatClient
{
    readonly Engine _engine;
    readonly SamplingParameters _sampling;
    readonly ChatClientMetadata _metadata;

    /// <summary>Creates a client.</summary>
    /// <param name="engine">What answers; its model has a chat template.</param>
    /// <param name="sampling">How tokens are drawn where a request's options do not say; null is <see cref="SamplingParameters.Chat"/>. The seed is drawn anew for each request that gives none.</param>
    /// <exception cref="InvalidOperationException">The model has no chat template.</exception>
    public MillraceChatClient(Engine engine, SamplingParameters? sampling = null)
    {
        _engine = engine.ChatFormat is null
            ? throw new InvalidOperationException($"the model {engine.ModelName} has no chat template")
            : engine;
        _sampling = sampling ?? SamplingParameters.Chat;
        _metadata = new ChatClientMetadata("millrace", providerUri: null, engine.ModelName);
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">An option or a content is not supported; the message names it.</exception>
    /// <exception cref="ContextLengthException">The conversation and its answer do not fit.</exception>
    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">An option or a content is not supported; the message names it.</exception>
    /// <exception cref="ContextLengthException">The conversation and its answer do not fit.</exception>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ChatOptionsMapping.RejectUnsupported(options, _engine.ModelName);
        TimeProvider clock = _engine.Options.TimeProvider;
        GenerationRequest request = new()
        {
            Prompt = _engine.ChatFormat!.Encode(ChatMessages.ToJson(messages, options?.Instructions), clock.GetLocalNow().DateTime),
            MaxTokens = options?.MaxOutputTokens,
            Sampling = ChatOptionsMapping.Sampling(options, _sampling, _engine.Tokenizer),
        };
        AnswerReader answer = new(_engine, request, options?.StopSequences ?? []);
        string id = $"millrace-{Guid.NewGuid():N}";
        DateTimeOffset created = clock.GetUtcNow();
        ChatResponseUpdate Update(params IList<AIContent> contents) =>
            new(ChatRole.Assistant, contents) { ResponseId = id, MessageId = id, ModelId = _engine.ModelName, CreatedAt = created };

        await foreach (AnswerPiece piece in answer.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (piece.Text.Length > 0)
            {
                cancellationToken.ThrowIfCancellationRequested(); // the answer may be whole before its reader gives up
                yield return Update(new TextContent(piece.Text));
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        ChatResponseUpdate last = Update(new UsageContent(Details(answer.Usage)));
        last.FinishReason = answer.FinishReason == FinishReason.Length ? ChatFinishReason.Length : ChatFinishReason.Stop;
        yield return last;
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(ChatClientMetadata) ? _metadata
            : serviceType.IsInstanceOfType(this) ? this
            : serviceType.IsInstanceOfType(_engine) ? _engine
            : null;
    }

    /// <summary>Does nothing.</summary>
    public void Dispose()
    {
    }

    static UsageDetails Details(Usage usage) => new()
    {
        InputTokenCount = usage.PromptTokens,
        CachedInputTokenCount = usage.CachedTokens,
        OutputTokenCount = usage.CompletionTokens,
        TotalTokenCount = usage.PromptTokens + usage.CompletionTokens,
    };
}
