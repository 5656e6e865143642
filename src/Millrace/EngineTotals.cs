namespace Millrace;

/// <summary>What an engine has done since it was loaded. Counters only grow; they include the work of requests that were cancelled, failed or preempted.</summary>
/// <param name="Steps">Steps run.</param>
/// <param name="ComputedTokens">Tokens that went through the model.</param>
/// <param name="RecomputedTokens">Those of them that were computed before, and lost to preemption or with the choice that computed them.</param>
/// <param name="PromptTokens">Tokens of the prompts of requests that began.</param>
/// <param name="CachedTokens">Prompt tokens that were found computed.</param>
/// <param name="CompletionTokens">Tokens handed to readers.</param>
/// <param name="Preemptions">How often a request lost its KV blocks to another.</param>
/// <param name="Consumption">The sum of what all requests consumed.</param>
public readonly record struct EngineTotals(
    long Steps, long ComputedTokens, long RecomputedTokens, long PromptTokens, long CachedTokens, long CompletionTokens, long Preemptions, Consumption Consumption);
