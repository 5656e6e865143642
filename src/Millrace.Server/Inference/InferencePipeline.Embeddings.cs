using Millrace.Server.Ledger;
using Millrace.Server.Models;

namespace Millrace.Server.Inference;

/// <summary>Texts as vectors, with their bill.</summary>
/// <param name="Vectors">One for each text, of length 1.</param>
/// <param name="Receipt">The bill, on disk already.</param>
public sealed record Embeddings(IReadOnlyList<ReadOnlyMemory<float>> Vectors, Receipt Receipt);

public sealed partial class InferencePipeline
{
    /// <summary>The most texts of one request for vectors.</summary>
    public const int MostTexts = 2048;

    /// <summary>Turns texts into vectors, all together, on the way of any request.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="model">What answers.</param>
    /// <param name="request">The texts as its prompts, and how soon it is to be served.</param>
    /// <param name="cancellationToken">Ends it; what was computed until then is billed.</param>
    /// <exception cref="InferenceException">It is refused, or the server ended it.</exception>
    /// <exception cref="GenerationException">The engine failed; nothing is billed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<Embeddings> EmbedAsync(Caller caller, ModelLease model, InferenceRequest request, CancellationToken cancellationToken)
    {
        await using Inference inference = await StartAsync(caller, model, request with { Embed = true }, cancellationToken);
        ReadOnlyMemory<float>[] vectors = new ReadOnlyMemory<float>[request.Prompts.Count];
        await foreach (InferenceEvent item in inference.ReadAsync(cancellationToken))
        {
            vectors[item.Choice] = item.FinishReason == FinishReason.Stop ? item.Embedding : throw new InferenceException(Refusal.Unavailable, "The server ended the request early");
        }

        return new(vectors, inference.Receipt!);
    }
}
