namespace Millrace.Server.Inference;

/// <summary>Whether a request can fit at all, found out before anything is written down for it.</summary>
static class Sizes
{
    /// <summary>The new tokens of each prompt at most, of all its choices together.</summary>
    /// <exception cref="InferenceException">It has too few or too many answers, or does not fit.</exception>
    public static long[] Check(Engine engine, InferenceRequest request)
    {
        if (request.Prompts.Count == 0 || request.Prompts.Any(prompt => prompt.Count == 0))
        {
            throw new InferenceException(Refusal.Invalid, "The prompt has no tokens") { Parameter = "prompt" };
        }

        int most = request.Embed ? InferencePipeline.MostTexts : InferencePipeline.MostAnswers;
        if (request.Choices < 1 || (long)request.Choices * request.Prompts.Count > most)
        {
            throw new InferenceException(Refusal.Invalid, $"The number of prompts times n must be from 1 to {most}") { Parameter = "n" };
        }

        return [.. request.Prompts.Select(prompt => request.Choices * (long)Room(engine, prompt.Count, request.Embed ? 0 : request.MaxTokens))];
    }

    /// <summary>The refusal of what the engine refused; null where it is the server's own fault.</summary>
    public static InferenceException? RefusalOf(Exception exception) => exception switch
    {
        EngineBusyException busy => new(Refusal.Busy, "Too many requests wait; come again later") { RetryAfter = busy.RetryAfter },
        ContextLengthException => new(Refusal.ContextLength, exception.Message),
        NotSupportedException => new(Refusal.NotSupported, exception.Message) { Parameter = "model" },
        ArgumentException argument => new(Refusal.Invalid, exception.Message) { Parameter = argument.ParamName },
        TimeoutException => new(Refusal.Deadline, "The request was not done by its deadline"),
        ObjectDisposedException => new(Refusal.Unavailable, "The model was unloaded"),
        _ => null,
    };

    static int Room(Engine engine, int prompt, int? maxTokens)
    {
        int tokens = maxTokens ?? Math.Max(1, engine.Context - prompt);
        return (long)prompt + tokens <= engine.Context ? tokens
            : throw new InferenceException(Refusal.ContextLength, new ContextLengthException(prompt, tokens, engine.Context, "context").Message);
    }
}
