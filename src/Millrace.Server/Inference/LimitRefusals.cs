using Millrace.Server.Limits;

namespace Millrace.Server.Inference;

/// <summary>Says which limit of a key keeps a request from running.</summary>
static class LimitRefusals
{
    public static InferenceException ToException(LimitRefusal refusal) =>
        new(refusal.Limit == Limit.Budget ? Refusal.Budget : Refusal.RateLimited, Text(refusal)) { RetryAfter = refusal.RetryAfter };

    static string Text(LimitRefusal refusal) => refusal.Limit switch
    {
        Limit.Requests => $"The key may make {refusal.Most} requests a minute",
        Limit.Tokens when refusal.RetryAfter is null => $"The request may need {refusal.Asked} tokens, more than the {refusal.Most} that the key has in a minute",
        Limit.Tokens => $"The key has {refusal.Most} tokens a minute, prompt and answer; the request may need {refusal.Asked}",
        Limit.Concurrency => $"The key may have {refusal.Most} requests run at a time",
        _ when refusal.RetryAfter is null => "The key's budget is spent, or too small for what the request may cost",
        _ => "What is left of the key's budget is held by requests that run",
    };
}
