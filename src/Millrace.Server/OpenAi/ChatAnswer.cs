using System.Text.Json;
using Millrace.Sampling;
using Millrace.Server.Inference;
using Millrace.Tokenization;

namespace Millrace.Server.OpenAi;

/// <summary>Writes answers of <c>/v1/chat/completions</c>.</summary>
sealed class ChatAnswer(AnswerHead head, Tokenizer tokenizer, bool includeUsage, int choices, bool logProbs) : AnswerFormat(head, tokenizer, includeUsage, choices)
{
    readonly bool[] _begun = new bool[choices];

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
        json.WriteStartObject("delta"u8);
        json.WriteString("content"u8, piece.Text);
        json.WriteEndObject();
        if (token is { } output)
        {
            WriteLogProbs(json, [output]);
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
        json.WriteStartObject("delta"u8);
        json.WriteEndObject();
        json.WriteNull("logprobs"u8);
        EndChoice(stream, end.FinishReason, extra);
    }

    /// <inheritdoc/>
    protected override void WriteChoice(Utf8JsonWriter json, int index, Choice choice)
    {
        json.WriteStartObject("message"u8);
        json.WriteString("role"u8, "assistant"u8);
        json.WriteString("content"u8, choice.Text.ToString());
        json.WriteNull("refusal"u8);
        json.WriteEndObject();
        if (logProbs)
        {
            WriteLogProbs(json, choice.Tokens);
        }
        else
        {
            json.WriteNull("logprobs"u8);
        }
    }

    void Begin(EventStream stream, int choice)
    {
        if (_begun[choice])
        {
            return;
        }

        _begun[choice] = true;
        Utf8JsonWriter json = BeginChoice(stream, choice);
        json.WriteStartObject("delta"u8);
        json.WriteString("role"u8, "assistant"u8);
        json.WriteString("content"u8, ""u8);
        json.WriteNull("refusal"u8);
        json.WriteEndObject();
        json.WriteNull("logprobs"u8);
        EndChoice(stream, null);
    }

    void WriteLogProbs(Utf8JsonWriter json, IReadOnlyList<TokenOutput> tokens)
    {
        json.WriteStartObject("logprobs"u8);
        json.WriteStartArray("content"u8);
        foreach (TokenOutput token in tokens)
        {
            json.WriteStartObject();
            Wire.WriteToken(json, Tokenizer, token.LogProbabilities![0]);
            json.WriteStartArray("top_logprobs"u8);
            for (int i = 1; i < token.LogProbabilities.Count; i++)
            {
                json.WriteStartObject();
                Wire.WriteToken(json, Tokenizer, token.LogProbabilities[i]);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNull("refusal"u8);
        json.WriteEndObject();
    }
}
