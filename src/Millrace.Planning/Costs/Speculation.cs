namespace Millrace.Planning.Costs;

/// <summary>Decoding with a draft (Leviathan, Kalman, Matias 2023): a cheap model proposes k tokens one after the other, the model checks them in one step of k + 1 tokens a sequence.</summary>
/// <param name="Drafted">k.</param>
/// <param name="Acceptance">How likely a proposed token is kept, α, if those before it are.</param>
public readonly record struct Speculation(int Drafted, double Acceptance)
{
    /// <summary>Tokens that a round is expected to bring: (1 − αᵏ⁺¹) / (1 − α), the model's own token among them.</summary>
    public double ExpectedTokens => Acceptance >= 1 ? Drafted + 1 : (1 - Math.Pow(Acceptance, Drafted + 1)) / (1 - Acceptance);

    /// <summary>Seconds for each token of an answer.</summary>
    /// <param name="model">Prices the model's steps.</param>
    /// <param name="draft">Prices the draft's steps; they run on the same chips, one after the other.</param>
    /// <param name="sequences">Sequences at once.</param>
    /// <param name="position">Tokens in the cache.</param>
    public double SecondsPerToken(ICostModel model, ICostModel draft, int sequences, int position)
    {
        if (Drafted < 0 || !(Acceptance is >= 0 and <= 1))
        {
            throw new PlanningException("speculation", "", "0 or more tokens and an acceptance between 0 and 1", $"{Drafted} and {Acceptance}");
        }

        double check = model.Step(model.Deployment.Model.Step(sequences, new Models.SequenceWork(position, Drafted + 1, Drafted + 1))).Seconds;
        double propose = draft.Step(draft.Deployment.Model.Step(sequences, new Models.SequenceWork(position, 1))).Seconds;
        return (check + Drafted * propose) / ExpectedTokens;
    }
}
