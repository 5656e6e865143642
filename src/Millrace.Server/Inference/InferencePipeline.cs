using System.Security.Cryptography;
using Millrace.Server.Models;

namespace Millrace.Server.Inference;

/// <summary>The one way of a request through the server, whichever API it came by.</summary>
public sealed class InferencePipeline(TimeProvider clock)
{
    /// <summary>The most answers of one request, of all its prompts together.</summary>
    public const int MostAnswers = 128;

    /// <summary>Admits a request and hands it to the engine.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="model">What answers; the caller gives it back once the answer is read.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="cancellationToken">Cancels the admission.</param>
    /// <returns>The request on its way, which the caller disposes.</returns>
    /// <exception cref="InferenceException">It is refused.</exception>
    public ValueTask<Inference> StartAsync(Caller caller, ModelLease model, InferenceRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        cancellationToken.ThrowIfCancellationRequested();
        Check(request);
        try
        {
            AnswerSet answers = new(model, request, answer => Generation(request, answer));
            string id = RandomNumberGenerator.GetHexString(32, lowercase: true);
            return new(new Inference(id, clock.GetUtcNow(), model, answers, request.Choices));
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

    static void Check(InferenceRequest request)
    {
        if (request.Prompts.Count == 0)
        {
            throw new InferenceException(Refusal.Invalid, "There is no prompt") { Parameter = "prompt" };
        }

        if (request.Choices < 1 || (long)request.Choices * request.Prompts.Count > MostAnswers)
        {
            throw new InferenceException(Refusal.Invalid, $"n times the number of prompts must be from 1 to {MostAnswers}") { Parameter = "n" };
        }
    }

    static GenerationRequest Generation(InferenceRequest request, int answer)
    {
        (int prompt, int choice) = Math.DivRem(answer, request.Choices);
        return new()
        {
            Prompt = request.Prompts[prompt],
            MaxTokens = request.MaxTokens,
            Sampling = answer == 0 ? request.Sampling : request.Sampling with { Seed = unchecked(request.Sampling.Seed + (ulong)answer) },
            StopTokens = request.StopTokens,
            TopLogProbabilities = request.TopLogProbabilities,
            PromptLogits = choice == 0 && request.PromptLogits is { } observer ? (position, logits) => observer(prompt, position, logits) : null,
        };
    }
}
