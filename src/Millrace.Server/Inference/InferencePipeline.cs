using System.Security.Cryptography;
using Millrace.Server.Models;

namespace Millrace.Server.Inference;

/// <summary>The one way of a request through the server, whichever API it came by.</summary>
public sealed class InferencePipeline(TimeProvider clock)
{
    /// <summary>Admits a request and hands it to the engine.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="model">What answers; the caller gives it back once the answer is read.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="cancellationToken">Cancels the admission.</param>
    /// <exception cref="InferenceException">It is refused.</exception>
    public ValueTask<Inference> StartAsync(Caller caller, ModelLease model, InferenceRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        cancellationToken.ThrowIfCancellationRequested();
        GenerationRequest generation = new()
        {
            Prompt = request.Prompt,
            MaxTokens = request.MaxTokens,
            Sampling = request.Sampling,
            StopTokens = request.StopTokens,
            TopLogProbabilities = request.TopLogProbabilities,
            PromptLogits = request.PromptLogits,
        };
        try
        {
            AnswerReader reader = new(model.Engine, generation, request.Stop);
            return new(new Inference(RandomNumberGenerator.GetHexString(32, lowercase: true), clock.GetUtcNow(), model, reader));
        }
        catch (ContextLengthException exception)
        {
            throw new InferenceException(Refusal.ContextLength, exception.Message);
        }
        catch (ArgumentException exception)
        {
            throw new InferenceException(Refusal.Invalid, exception.Message) { Parameter = exception.ParamName };
        }
    }
}
