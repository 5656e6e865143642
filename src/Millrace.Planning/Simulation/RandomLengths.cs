namespace Millrace.Planning.Simulation;

/// <summary>Prompts of random words and random lengths, some of which may begin alike.</summary>
public sealed record RandomLengths
{
    /// <summary>Mean tokens of a prompt, a shared prefix not counted.</summary>
    public required int Input { get; init; }

    /// <summary>Mean tokens of an answer.</summary>
    public required int Output { get; init; }

    /// <summary>Lengths are uniform between (1 − ratio) and (1 + ratio) times the mean.</summary>
    public double RangeRatio { get; init; }

    /// <summary>Tokens that a prompt shares with those of the same prefix.</summary>
    public int PrefixTokens { get; init; }

    /// <summary>How many prefixes there are.</summary>
    public int Prefixes { get; init; } = 1;

    /// <summary>Endless requests; the same for the same seed.</summary>
    public IEnumerable<PlannedRequest> Plan(int seed)
    {
        Random random = new(seed);
        ulong space = (ulong)(uint)seed << 32; // each seed has its own texts
        ulong prompts = (ulong)Prefixes;
        while (true)
        {
            PromptPart own = new(space + prompts++, Length(random, Input));
            int output = Length(random, Output);
            yield return PrefixTokens == 0
                ? new PlannedRequest([own], output)
                : new PlannedRequest([new PromptPart(space + (ulong)random.Next(Prefixes), PrefixTokens), own], output);
        }
    }

    int Length(Random random, int mean)
    {
        int least = Math.Max(1, (int)Math.Floor(mean * (1 - RangeRatio)));
        int most = Math.Max(least, (int)Math.Ceiling(mean * (1 + RangeRatio)));
        return random.Next(least, most + 1);
    }
}
