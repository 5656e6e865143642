using System.Text;
using System.Text.Json;
using Millrace.Sampling;
using Millrace.Tokenization;

namespace Millrace.Server.OpenAi;

/// <summary>Writes <c>logprobs</c> of text completions: four arrays, one item for each token. Where a token begins in the text is counted in characters (code points) over all that one writer has written.</summary>
sealed class TextLogProbs(Tokenizer tokenizer)
{
    readonly Detokenizer _detokenizer = new(tokenizer);
    readonly StringBuilder _text = new();
    int _offset;

    /// <summary>Writes the object for the next tokens.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="tokens">The tokens.</param>
    /// <param name="scores">For each its own log-probability and then the most likely ones; null where there is none.</param>
    public void Write(Utf8JsonWriter json, IReadOnlyList<int> tokens, IReadOnlyList<IReadOnlyList<TokenLogProbability>?> scores)
    {
        json.WriteStartObject("logprobs"u8);
        json.WriteStartArray("tokens"u8);
        foreach (int token in tokens)
        {
            json.WriteStringValue(Wire.TokenText(tokenizer, token));
        }

        json.WriteEndArray();
        json.WriteStartArray("token_logprobs"u8);
        foreach (IReadOnlyList<TokenLogProbability>? score in scores)
        {
            if (score is null)
            {
                json.WriteNullValue();
            }
            else
            {
                json.WriteNumberValue(Wire.Clip(score[0].LogProbability));
            }
        }

        json.WriteEndArray();
        json.WriteStartArray("top_logprobs"u8);
        foreach (IReadOnlyList<TokenLogProbability>? score in scores)
        {
            WriteTop(json, score);
        }

        json.WriteEndArray();
        json.WriteStartArray("text_offset"u8);
        foreach (int token in tokens)
        {
            json.WriteNumberValue(_offset);
            _detokenizer.Append(token, _text);
            foreach (Rune _ in _text.ToString().EnumerateRunes())
            {
                _offset++;
            }

            _text.Clear();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>The most likely tokens by their texts, and the token itself; of those with the same text the most likely.</summary>
    void WriteTop(Utf8JsonWriter json, IReadOnlyList<TokenLogProbability>? score)
    {
        if (score is null)
        {
            json.WriteNullValue();
            return;
        }

        HashSet<string> texts = [];
        json.WriteStartObject();
        foreach (TokenLogProbability item in score.Skip(1).Append(score[0]))
        {
            string text = Wire.TokenText(tokenizer, item.Token);
            if (texts.Add(text))
            {
                json.WriteNumber(text, Wire.Clip(item.LogProbability));
            }
        }

        json.WriteEndObject();
    }
}
