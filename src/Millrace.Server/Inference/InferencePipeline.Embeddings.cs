using Millrace.Server.Ledger;
using Millrace.Server.Limits;
using Millrace.Server.Models;

namespace Millrace.Server.Inference;

/// <summary>Texts as vectors, with their bill.</summary>
/// <param name="Vectors">One for each text, of length 1.</param>
/// <param name="Receipt">The bill, on disk already.</param>
public sealed record Embeddings(IReadOnlyList<float[]> Vectors, Receipt Receipt);

public sealed partial class InferencePipeline
{
    /// <summary>The most texts of one request for vectors.</summary>
    public const int MostTexts = 2048;

    /// <summary>Turns texts into vectors: as many at a time as the model runs sequences.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="model">What answers.</param>
    /// <param name="request">The texts as its prompts; what has to do with generating is ignored.</param>
    /// <param name="cancellationToken">Ends it; what was computed until then is billed.</param>
    /// <exception cref="InferenceException">It is refused.</exception>
    /// <exception cref="GenerationException">The engine failed; nothing is billed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<Embeddings> EmbedAsync(Caller caller, ModelLease model, InferenceRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        long arrived = _clock.GetTimestamp();
        CheckTexts(model.Engine, request);
        CheckOpen(caller);
        Reservation reservation = Reserve(caller with { Idempotency = null }, model, request, 0); // asked again, it is computed again
        Admission? admission = Admit(caller, reservation);
        long used = 0;
        try
        {
            OpenRequest bill = await ReserveAsync(reservation);
            Embedding?[] embeddings = new Embedding?[request.Prompts.Count];
            Ending ending = Ending.Error;
            try
            {
                await ComputeAsync(caller, model, request, embeddings, cancellationToken);
                ending = Ending.Stop;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                ending = Ending.Disconnected;
                throw;
            }
            finally
            {
                Receipt receipt = await bill.SettleAsync(ToOutcome(ending, embeddings, _clock.GetElapsedTime(arrived)));
                used = receipt.Outcome.PromptTokens;
            }

            return new([.. embeddings.Select(embedding => embedding!.Vector)], await bill.Settled);
        }
        catch (Exception exception) when (Sizes.RefusalOf(exception) is { } refusal)
        {
            throw refusal;
        }
        catch (LedgerUnavailableException exception)
        {
            throw new InferenceException(Refusal.Unavailable, "The server cannot write its ledger", exception);
        }
        finally
        {
            admission?.Release(used);
        }
    }

    static void CheckTexts(Engine engine, InferenceRequest request)
    {
        if (request.Prompts.Count is 0 or > MostTexts || request.Prompts.Any(prompt => prompt.Count == 0))
        {
            throw new InferenceException(Refusal.Invalid, $"There must be from 1 to {MostTexts} texts, none of them without tokens") { Parameter = "input" };
        }

        if (request.Prompts.FirstOrDefault(prompt => prompt.Count > engine.Context) is { } tooLong)
        {
            throw new InferenceException(Refusal.ContextLength, new ContextLengthException(tooLong.Count, 0, engine.Context, "context").Message);
        }
    }

    Task ComputeAsync(Caller caller, ModelLease model, InferenceRequest request, Embedding?[] embeddings, CancellationToken cancellationToken)
    {
        long salt = _salts.Of(caller.Tenant, model.Name, request.CacheSalt);
        ParallelOptions limits = new() { MaxDegreeOfParallelism = model.Options.Parallel, CancellationToken = cancellationToken };
        return Parallel.ForAsync(0, embeddings.Length, limits, async (text, stop) =>
            embeddings[text] = await model.Engine.EmbedAsync(Generation(request, text, salt), stop));
    }

    static Outcome ToOutcome(Ending ending, IReadOnlyList<Embedding?> embeddings, TimeSpan time)
    {
        Generation[] done = [.. embeddings.OfType<Embedding>().Select(embedding => embedding.Generation)];
        return ending == Ending.Error ? new() { Ending = ending, PromptTokens = 0, CompletionTokens = 0 } : new()
        {
            Ending = ending,
            PromptTokens = done.Sum(generation => (long)generation.Usage.PromptTokens),
            CachedTokens = done.Sum(generation => (long)generation.Usage.CachedTokens),
            CompletionTokens = 0,
            Consumption = done.Aggregate(default(Consumption), static (sum, generation) => sum + generation.Consumption),
            PrefillMicroseconds = time.Ticks / TimeSpan.TicksPerMicrosecond,
        };
    }
}
