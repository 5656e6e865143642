using System.Numerics;

namespace Millrace.Sampling;

/// <summary>How a sequence's tokens are drawn. The defaults change nothing: they draw from the model's own distribution. docs/sampling.md defines each and says whose definition it is.</summary>
public sealed record SamplingParameters
{
    /// <summary>What llama.cpp's programs draw with unless told otherwise: a temperature of 0.8 after top-k 40, top-p 0.95 and min-p 0.05.</summary>
    public static SamplingParameters Chat { get; } = new() { Temperature = 0.8f, TopK = 40, TopP = 0.95f, MinP = 0.05f };

    /// <summary>Divides the logits, 0 to 100; 0 takes the most likely token.</summary>
    public float Temperature { get; init; } = 1;

    /// <summary>Keeps the k most likely tokens; 0 keeps all.</summary>
    public int TopK { get; init; }

    /// <summary>Keeps the most likely tokens whose probabilities reach this sum, 0 to 1; 1 keeps all.</summary>
    public float TopP { get; init; } = 1;

    /// <summary>Keeps tokens at least this likely relative to the most likely, 0 to 1; 0 keeps all.</summary>
    public float MinP { get; init; }

    /// <summary>Keeps the tokens of most typical surprise whose probabilities exceed this sum, 0 to 1; 1 keeps all.</summary>
    public float TypicalP { get; init; } = 1;

    /// <summary>Divides positive and multiplies negative logits of tokens in the penalty window, above 0 to 100; 1 changes nothing.</summary>
    public float RepetitionPenalty { get; init; } = 1;

    /// <summary>Subtracted from a token's logit for each time it stands in the penalty window, -2 to 2.</summary>
    public float FrequencyPenalty { get; init; }

    /// <summary>Subtracted once from the logit of a token that stands in the penalty window, -2 to 2.</summary>
    public float PresencePenalty { get; init; }

    /// <summary>How many of the last tokens, prompt included, the three penalties look at; -1 is all.</summary>
    public int PenaltyWindow { get; init; } = 64;

    /// <summary>Scale of the DRY penalty against repeated sequences, 0 to 100; 0 switches it off.</summary>
    public float DryMultiplier { get; init; }

    /// <summary>DRY grows by this factor for each further repeated token, 1 to 100.</summary>
    public float DryBase { get; init; } = 1.75f;

    /// <summary>The longest repetition that DRY leaves alone, at least 1.</summary>
    public int DryAllowedLength { get; init; } = 2;

    /// <summary>How many of the last tokens DRY looks at; -1 is all.</summary>
    public int DryWindow { get; init; } = -1;

    /// <summary>Token sequences across which DRY sees no repetition, each at least one token.</summary>
    public IReadOnlyList<IReadOnlyList<int>> DryBreakers { get; init; } = [];

    /// <summary>The chance that XTC leaves out the top choices for a token, 0 to 1; 0 switches it off.</summary>
    public float XtcProbability { get; init; }

    /// <summary>What XTC counts as a top choice, 0 to 1; above 0.5 there can only be one, and nothing is left out.</summary>
    public float XtcThreshold { get; init; } = 0.1f;

    /// <summary>Whether mirostat 2 takes the place of all filters and penalties.</summary>
    public bool Mirostat { get; init; }

    /// <summary>The surprise in bits that mirostat aims at, above 0 to 100.</summary>
    public float MirostatTau { get; init; } = 5;

    /// <summary>How fast mirostat corrects itself, above 0 to 1.</summary>
    public float MirostatEta { get; init; } = 0.1f;

    /// <summary>Added to tokens' logits before all else; negative infinity bans a token.</summary>
    public IReadOnlyDictionary<int, float> LogitBias { get; init; } = new Dictionary<int, float>();

    /// <summary>Seed of the sequence's own generator.</summary>
    public ulong Seed { get; init; }

    /// <summary>Checks every parameter.</summary>
    /// <param name="vocabulary">How many tokens there are.</param>
    /// <exception cref="ArgumentOutOfRangeException">One is out of its range; the message has its name, its value and the range.</exception>
    public void Validate(int vocabulary)
    {
        Range(nameof(Temperature), Temperature, 0, 100);
        Range(nameof(TopK), TopK, 0, int.MaxValue);
        Range(nameof(TopP), TopP, 0, 1);
        Range(nameof(MinP), MinP, 0, 1);
        Range(nameof(TypicalP), TypicalP, 0, 1);
        Range(nameof(RepetitionPenalty), RepetitionPenalty, 0.01f, 100);
        Range(nameof(FrequencyPenalty), FrequencyPenalty, -2, 2);
        Range(nameof(PresencePenalty), PresencePenalty, -2, 2);
        Range(nameof(PenaltyWindow), PenaltyWindow, -1, int.MaxValue);
        Range(nameof(DryMultiplier), DryMultiplier, 0, 100);
        Range(nameof(DryBase), DryBase, 1, 100);
        Range(nameof(DryAllowedLength), DryAllowedLength, 1, int.MaxValue);
        Range(nameof(DryWindow), DryWindow, -1, int.MaxValue);
        Range(nameof(XtcProbability), XtcProbability, 0, 1);
        Range(nameof(XtcThreshold), XtcThreshold, 0, 1);
        Range(nameof(MirostatTau), MirostatTau, 0.01f, 100);
        Range(nameof(MirostatEta), MirostatEta, 0.0001f, 1);
        foreach ((int token, float bias) in LogitBias)
        {
            Range(nameof(LogitBias) + " token", token, 0, vocabulary - 1);
            if (bias != float.NegativeInfinity)
            {
                Range(nameof(LogitBias), bias, -1e6f, 1e6f);
            }
        }

        foreach (IReadOnlyList<int> breaker in DryBreakers)
        {
            Range(nameof(DryBreakers) + " length", breaker.Count, 1, 64);
            foreach (int token in breaker)
            {
                Range(nameof(DryBreakers) + " token", token, 0, vocabulary - 1);
            }
        }
    }

    static void Range<T>(string name, T value, T min, T max)
        where T : INumber<T>
    {
        if (!(value >= min && value <= max))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be from {min} to {max}");
        }
    }
}
