using System.Text.Json;
using Millrace.Server.Inference;
using Millrace.Tokenization;

namespace Millrace.Server.OpenAi;

/// <summary>Writes answers of <c>/v1/completions</c>.</summary>
/// <param name="head">What each object begins with.</param>
/// <param name="tokenizer">The model's tokenizer.</param>
/// <param name="includeUsage">Whether chunks speak of usage.</param>
/// <param name="choicesEach">Answers to each prompt.</param>
/// <param name="prompts">The prompts.</param>
/// <param name="echo">Whether each answer begins with its prompt.</param>
/// <param name="logProbs">Whether log-probabilities are written.</param>
/// <param name="scores">Those of the prompts, where they are written too.</param>
sealed class TextAnswer(
    AnswerHead head, Tokenizer tokenizer, bool includeUsage, int choicesEach, IReadOnlyList<TextPrompt> prompts, bool echo, bool logProbs, PromptScores? scores)
    : AnswerFormat(head, tokenizer, includeUsage, choicesEach * prompts.Count)
{
    readonly TextLogProbs?[] _writers = new TextLogProbs?[choicesEach * prompts.Count];
    readonly bool[] _begun = new bool[choicesEach * prompts.Count];

    /// <inheritdoc/>
    public override void WritePiece(EventStream stream, in InferenceEvent piece)
    {
        Begin(stream, piece.Choice);
        TokenOutput? token = logProbs ? piece.Token : null;
        if (piece.Text.Length == 0 && token is null)
        {
            return; // nothing certain yet
        }

        Utf8JsonWriter json = BeginChoice(stream, piece.Choice);
        json.WriteString("text"u8, piece.Text);
        if (token is { } output)
        {
            WriterOf(piece.Choice).Write(json, [output.Token], [output.LogProbabilities]);
        }
        else
        {
            json.WriteNull("logprobs"u8);
        }

        EndChoice(stream, null);
    }

    /// <inheritdoc/>
    public override void WriteEnd(EventStream stream, in InferenceEvent end, Action<Utf8JsonWriter>? extra)
    {
        Begin(stream, end.Choice);
        Utf8JsonWriter json = BeginChoice(stream, end.Choice);
        json.WriteString("text"u8, ""u8);
        json.WriteNull("logprobs"u8);
        EndChoice(stream, end.FinishReason, extra);
    }

    /// <inheritdoc/>
    protected override void WriteChoice(Utf8JsonWriter json, int index, Choice choice)
    {
        int prompt = index / choicesEach;
        json.WriteString("text"u8, (echo ? prompts[prompt].Text : "") + choice.Text);
        if (!logProbs)
        {
            json.WriteNull("logprobs"u8);
            return;
        }

        IEnumerable<int> tokens = choice.Tokens.Select(token => token.Token);
        IEnumerable<IReadOnlyList<Sampling.TokenLogProbability>?> own = choice.Tokens.Select(token => token.LogProbabilities);
        WriterOf(index).Write(json, [.. echo ? prompts[prompt].Tokens : [], .. tokens], [.. scores?.Of(prompt) ?? [], .. own]);
    }

    /// <summary>Repeats the prompt at the beginning of a choice.</summary>
    void Begin(EventStream stream, int choice)
    {
        if (_begun[choice] || !echo)
        {
            return;
        }

        _begun[choice] = true;
        int prompt = choice / choicesEach;
        Utf8JsonWriter json = BeginChoice(stream, choice);
        json.WriteString("text"u8, prompts[prompt].Text);
        if (scores is not null)
        {
            WriterOf(choice).Write(json, prompts[prompt].Tokens, scores.Of(prompt));
        }
        else
        {
            json.WriteNull("logprobs"u8);
        }

        EndChoice(stream, null);
    }

    TextLogProbs WriterOf(int choice) => _writers[choice] ??= new(Tokenizer);
}
