using Millrace.Sampling;

namespace Millrace.Server.OpenAi;

/// <summary>The log-probabilities of prompts' own tokens, for answers that repeat the prompt. Filled on the engine's thread before the first token of the answer is there.</summary>
sealed class PromptScores(IReadOnlyList<TextPrompt> prompts, int top)
{
    readonly TokenLogProbability[]?[][] _scores = [.. prompts.Select(prompt => new TokenLogProbability[]?[prompt.Tokens.Count])];
    Candidates? _scratch;

    /// <summary>For each token of a prompt its own log-probability and then the most likely ones; null for the first, which follows nothing.</summary>
    public IReadOnlyList<TokenLogProbability[]?> Of(int prompt) => _scores[prompt];

    /// <summary>Takes the logits of a position.</summary>
    public void Observe(int prompt, int position, ReadOnlySpan<float> logits)
    {
        TokenLogProbability[]?[] scores = _scores[prompt];
        if (position + 1 == scores.Length)
        {
            return; // what follows is the answer
        }

        int token = prompts[prompt].Tokens[position + 1];
        double normalizer = LogProbabilities.Normalizer(logits);
        var score = new TokenLogProbability[1 + Math.Min(top, logits.Length)];
        score[0] = new(token, logits[token] - normalizer);
        LogProbabilities.Top(logits, normalizer, _scratch ??= new(logits.Length), score.AsSpan(1));
        scores[position + 1] = score;
    }
}
