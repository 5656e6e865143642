using Millrace.Sampling;

namespace Millrace.Tests.Engines;

/// <summary>Requests for tests of the engine, and what reads their answers.</summary>
static class EngineRequests
{
    static readonly SamplingParameters Greedy = new() { Temperature = 0 };

    /// <summary>Asks for the likeliest tokens, whatever they are.</summary>
    public static GenerationRequest Ask(int[] prompt, int maxTokens) =>
        new() { Prompt = prompt, MaxTokens = maxTokens, Sampling = Greedy, StopTokens = new HashSet<int>() };

    /// <summary>Tokens that a seed stands for.</summary>
    public static int[] Tokens(int seed, int count) => Scheduling.SchedulerTests.Bench.Tokens(seed, count);

    /// <summary>All that comes.</summary>
    public static async Task<List<TokenOutput>> Read(Generation generation)
    {
        List<TokenOutput> outputs = [];
        await foreach (TokenOutput output in generation)
        {
            outputs.Add(output);
        }

        return outputs;
    }

    /// <summary>How much comes; nothing of it is kept.</summary>
    public static async Task<int> Count(Generation generation)
    {
        int count = 0;
        await foreach (TokenOutput _ in generation)
        {
            count++;
        }

        return count;
    }
}
