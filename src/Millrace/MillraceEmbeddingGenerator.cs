using Microsoft.Extensions.AI;

namespace Millrace;

/// <summary>An engine as <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/>: texts in, vectors of length 1 out. Any number of threads may use one; their requests run together. Disposing it does nothing: the engine belongs to whoever loaded it.</summary>
/// <param name="engine">What computes.</param>
/// <remarks>An option that the engine cannot honour is an error that names it, and is never ignored.</remarks>
public sealed class MillraceEmbeddingGenerator(Engine engine) : IEmbeddingGenerator<string, Embedding<float>>
{
    readonly EmbeddingGeneratorMetadata _metadata = new("millrace", providerUri: null, engine.ModelName, engine.EmbeddingWidth);

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">An option is not supported; the message names it.</exception>
    /// <exception cref="ContextLengthException">A text does not fit.</exception>
    /// <exception cref="ArgumentException">A text has no tokens.</exception>
    /// <exception cref="GenerationException">A vector could not be computed.</exception>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        RejectUnsupported(options);
        using CancellationTokenSource all = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<Generation>[] texts = [.. values.Select(text => engine.EmbedAsync(new() { Prompt = engine.Tokenizer.Encode(text) }, all.Token))];
        GeneratedEmbeddings<Embedding<float>> embeddings = new(texts.Length) { Usage = new() { InputTokenCount = 0, TotalTokenCount = 0 } };
        try
        {
            foreach (Task<Generation> text in texts)
            {
                Generation generation = await text.ConfigureAwait(false);
                embeddings.Usage.InputTokenCount += generation.Usage.PromptTokens;
                embeddings.Usage.TotalTokenCount += generation.Usage.PromptTokens;
                embeddings.Add(new(generation.Embedding) { ModelId = engine.ModelName, CreatedAt = engine.Options.TimeProvider.GetUtcNow() });
            }
        }
        finally
        {
            await all.CancelAsync().ConfigureAwait(false); // where one failed the rest is in vain
        }

        return embeddings;
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(EmbeddingGeneratorMetadata) ? _metadata
            : serviceType.IsInstanceOfType(this) ? this
            : serviceType.IsInstanceOfType(engine) ? engine
            : null;
    }

    /// <summary>Does nothing.</summary>
    public void Dispose()
    {
    }

    void RejectUnsupported(EmbeddingGenerationOptions? options)
    {
        Reject(options?.Dimensions is { } dimensions && dimensions != engine.EmbeddingWidth, $"Dimensions {options?.Dimensions} (this model has {engine.EmbeddingWidth})");
        Reject(options?.ModelId is { } model && model != engine.ModelName, $"ModelId {options?.ModelId} (this engine runs {engine.ModelName})");
        Reject(options?.RawRepresentationFactory is not null, "RawRepresentationFactory");
        Reject(options?.AdditionalProperties is { Count: > 0 }, "AdditionalProperties");
    }

    static void Reject(bool condition, string what)
    {
        if (condition)
        {
            throw new NotSupportedException($"{what} is not supported");
        }
    }
}
