using System.Text;
using System.Text.Json;
using Millrace.Server.Hosting;
using Millrace.Server.Inference;
using Millrace.Tokenization;

namespace Millrace.Server.OpenAi;

/// <summary>A text to complete or to embed.</summary>
/// <param name="Tokens">Its tokens.</param>
/// <param name="Text">Its text.</param>
readonly record struct TextPrompt(List<int> Tokens, string Text);

/// <summary>Reads texts to complete or to embed: a text, texts, a text's tokens, or those of several.</summary>
static class PromptReader
{
    /// <summary>The texts of a field.</summary>
    /// <param name="fields">The request.</param>
    /// <param name="name">The field.</param>
    /// <param name="tokenizer">The model's tokenizer, which adds the tokens that the model wants at the ends of texts.</param>
    /// <param name="max">How many texts at most.</param>
    /// <param name="parseSpecial">Whether names of control tokens are these tokens.</param>
    /// <exception cref="InferenceException">They are wrong.</exception>
    public static IReadOnlyList<TextPrompt> Read(RequestFields fields, string name, Tokenizer tokenizer, int max, bool parseSpecial)
    {
        JsonElement value = fields.Require(name);
        TextPrompt Encode(JsonElement element, string path)
        {
            string text = RequestFields.Text(element, path);
            List<int> tokens = tokenizer.Encode(text, addSpecial: true, parseSpecial);
            return tokens.Count > 0 ? new(tokens, text) : throw RequestFields.Invalid(path, "invalid_value", $"Invalid '{path}': the text has no tokens.");
        }

        if (value.ValueKind == JsonValueKind.String)
        {
            return [Encode(value, name)];
        }

        bool isTokens = value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 && value[0].ValueKind == JsonValueKind.Number;
        if (isTokens)
        {
            return [Tokens(value, name, tokenizer)];
        }

        return [.. RequestFields.Array(value, name, max).Select((element, index) => element.ValueKind switch
        {
            JsonValueKind.String => Encode(element, $"{name}[{index}]"),
            JsonValueKind.Array => Tokens(element, $"{name}[{index}]", tokenizer),
            _ => throw RequestFields.WrongType($"{name}[{index}]", "a string or an array of tokens", element),
        })];
    }

    static TextPrompt Tokens(JsonElement value, string path, Tokenizer tokenizer)
    {
        List<int> tokens = new(value.GetArrayLength());
        foreach (JsonElement element in RequestFields.Array(value, path, int.MaxValue))
        {
            if (element.ValueKind != JsonValueKind.Number || !element.TryGetInt32(out int token) || token < 0 || token >= tokenizer.VocabularySize)
            {
                throw RequestFields.Invalid(path, "invalid_value", $"Invalid '{path}[{tokens.Count}]': expected a token, an integer from 0 to {tokenizer.VocabularySize - 1}.");
            }

            tokens.Add(token);
        }

        return new(tokens, tokenizer.Decode(tokens));
    }
}
