using System.Text;
using Millrace.Planning.Simulation;

namespace Millrace.Cli.ServeBench;

/// <summary>Texts of a given number of tokens: random words whose tokens are known, since tokenizers split at spaces and so count words one by one.</summary>
/// <param name="costs">Tokens of each word of <see cref="Words"/> after another; null to take each for one.</param>
sealed class PromptText(int[]? costs = null)
{
    /// <summary>Words that most vocabularies have as one token.</summary>
    public static IReadOnlyList<string> Words { get; } =
        ("the of and a to in is you that it he was for on are as with his they at be this have from or one had by word but not what all were we when your can said there "
        + "use an each which she do how their if will up other about out many then them these so some her would make like him into time has look two more go see no way could people")
        .Split(' ');

    readonly int[] _costs = costs ?? [.. Enumerable.Repeat(1, Words.Count)];

    /// <summary>Whether the words' tokens are known, or guessed.</summary>
    public bool IsExact { get; } = costs is not null;

    /// <summary>The text of a prompt.</summary>
    public string Of(PlannedRequest request)
    {
        StringBuilder text = new(request.InputTokens * 4);
        int owed = 0;
        foreach (PromptPart part in request.Parts)
        {
            owed = Append(text, part, part.Tokens + owed);
        }

        return text.ToString();
    }

    // Returns the tokens for which there was no word short enough.
    int Append(StringBuilder text, PromptPart part, int tokens)
    {
        ulong state = part.Seed;
        while (tokens > 0)
        {
            int word = Fitting((int)(Next(ref state) % (ulong)Words.Count), tokens);
            if (word < 0)
            {
                break;
            }

            tokens -= _costs[word];
            text.Append(text.Length == 0 ? "" : " ").Append(Words[word]);
        }

        return tokens;
    }

    // The first word from a place on that takes no more tokens; -1 where none is so short.
    int Fitting(int from, int tokens)
    {
        for (int i = 0; i < _costs.Length; i++)
        {
            int word = (from + i) % _costs.Length;
            if (_costs[word] <= tokens)
            {
                return word;
            }
        }

        return -1;
    }

    // SplitMix64 (Steele, Lea, Flood 2014): neighbouring seeds give unrelated texts.
    static ulong Next(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
