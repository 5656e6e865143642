using Millrace.Cache;

namespace Millrace;

/// <summary>What became of a generation on its way, for those who ask why it took as long as it did.</summary>
/// <param name="CachedBlocks">KV blocks of its prompt that were found computed when it began.</param>
/// <param name="Miss">Why the next block was not.</param>
/// <param name="StepsWaited">Steps of others from its submission to its first.</param>
/// <param name="Steps">Steps that it took part in.</param>
/// <param name="PromptSteps">Those of them that computed pieces of its prompt.</param>
/// <param name="Preemptions">How often it lost its KV blocks to another.</param>
/// <param name="RecomputedTokens">Tokens computed again for that reason.</param>
public readonly record struct GenerationTrace(
    int CachedBlocks, PrefixMiss Miss, long StepsWaited, int Steps, int PromptSteps, int Preemptions, int RecomputedTokens);
