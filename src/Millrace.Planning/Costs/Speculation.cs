namespace Millrace.Planning.Costs;

/// <summary>Decoding with a draft (Leviathan, Kalman, Matias 2023): a cheap model proposes k tokens one after the other, the model checks them in one step of k + 1 tokens a sequence. The default is decoding without one.</summary>
public readonly record struct Speculation
{
    /// <summary>Decodes with a draft.</summary>
    /// <param name="drafted">k.</param>
    /// <param name="acceptance">How likely a proposed token is kept, α, if those before it are.</param>
    /// <exception cref="PlanningException">A number is impossible.</exception>
    public Speculation(int drafted, double acceptance)
    {
        if (drafted < 0 || !(acceptance is >= 0 and <= 1))
        {
            throw new PlanningException("speculation", "", "0 or more tokens and an acceptance between 0 and 1", $"{drafted} and {acceptance}");
        }

        (Drafted, Acceptance) = (drafted, acceptance);
    }

    /// <summary>k.</summary>
    public int Drafted { get; }

    /// <summary>α.</summary>
    public double Acceptance { get; }

    /// <summary>Tokens that a round is expected to bring: (1 − αᵏ⁺¹) / (1 − α), the model's own token among them.</summary>
    public double ExpectedTokens => Acceptance >= 1 ? Drafted + 1 : (1 - Math.Pow(Acceptance, Drafted + 1)) / (1 - Acceptance);
}
