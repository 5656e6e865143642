namespace Millrace.Tools.StoryModel.Evaluating;

/// <summary>How well a model foresees samples, beside how well the world itself does, which knows its own rules and only its draws not.</summary>
/// <param name="ModelNats">-log p that the model gives what it learns to write, ends included.</param>
/// <param name="WorldNats">-log p of the world's choices.</param>
/// <param name="Tokens">The tokens of these texts.</param>
public sealed record Foresight(double ModelNats, double WorldNats, long Tokens)
{
    /// <summary>The model's perplexity by token.</summary>
    public double ModelPerplexity => Math.Exp(ModelNats / Tokens);

    /// <summary>The world's perplexity by token: what no model can fall below for long.</summary>
    public double WorldPerplexity => Math.Exp(WorldNats / Tokens);

    /// <summary>The model's perplexity over the world's.</summary>
    public double Ratio => ModelPerplexity / WorldPerplexity;
}
