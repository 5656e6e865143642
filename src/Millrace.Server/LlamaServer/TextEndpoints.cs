using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Millrace.Server.Hosting;
using Millrace.Server.Inference;
using Millrace.Server.Models;
using Millrace.Server.OpenAi;
using Millrace.Tokenization;

namespace Millrace.Server.LlamaServer;

/// <summary>Text to tokens and back, in the forms of llama-server (<c>content</c>) and vLLM (<c>prompt</c> or <c>messages</c>).</summary>
sealed class TextEndpoints(ModelPick pick, ChatPrompt prompts)
{
    const int MaxTokens = 1 << 24;

    static readonly Parameter Model = Parameter.Text("model", int.MaxValue, "The model; the server's first where none is named.");
    static readonly Parameter Content = Parameter.Text("content", int.MaxValue, "The text.");
    static readonly Parameter Prompt = Parameter.Text("prompt", int.MaxValue, "The text.");
    static readonly Parameter AddSpecial = Parameter.Flag("add_special", "Whether the model's begin and end are added.");
    static readonly Parameter ParseSpecial = Parameter.Flag("parse_special", "Whether names of control tokens are these tokens.");
    static readonly Parameter WithPieces = Parameter.Flag("with_pieces", "Whether each token comes with its text.");
    static readonly Parameter AddSpecialTokens = Parameter.Flag("add_special_tokens", "Whether the model's begin and end are added.");
    static readonly Parameter ReturnTokenStrs = Parameter.Flag("return_token_strs", "Whether each token comes with its text.");
    static readonly Parameter AddGenerationPrompt = Parameter.Flag("add_generation_prompt", "Whether the assistant's turn is begun.");

    /// <summary><c>POST /tokenize</c>.</summary>
    public async Task TokenizeAsync(HttpContext context)
    {
        using JsonDocument body = await RequestBody.ReadAsync(context);
        RequestFields fields = new(body.RootElement);
        bool conversation = fields.Find("messages") is not null;
        if (!conversation && fields.Find("content") is null && fields.Find("prompt") is null)
        {
            throw RequestFields.Invalid("content", "missing_required_parameter", "One of 'content', 'prompt' and 'messages' is required");
        }

        using ModelLease model = await pick.AcquireAsync(fields.Text(Model), context);
        Tokenizer tokenizer = model.Engine.Tokenizer;
        if (!conversation && fields.Text(Content) is { } content)
        {
            List<int> tokens = tokenizer.Encode(content, fields.Flag(AddSpecial) ?? false, fields.Flag(ParseSpecial) ?? true);
            bool pieces = fields.Flag(WithPieces) ?? false;
            await LlamaServerApi.WriteAsync(context, json => WriteTokens(json, tokenizer, tokens, pieces));
            return;
        }

        List<int> ids = conversation
            ? tokenizer.Encode(prompts.Render(fields, model.Engine, fields.Flag(AddGenerationPrompt) ?? true))
            : tokenizer.Encode(fields.Text(Prompt)!, fields.Flag(AddSpecialTokens) ?? true, parseSpecial: true);
        bool texts = fields.Flag(ReturnTokenStrs) ?? false;
        await LlamaServerApi.WriteAsync(context, json =>
        {
            json.WriteNumber("count"u8, ids.Count);
            json.WriteNumber("max_model_len"u8, model.Engine.Context);
            WriteTokens(json, tokenizer, ids, pieces: false);
            if (texts)
            {
                json.WriteStartArray("token_strs"u8);
                foreach (int id in ids)
                {
                    json.WriteStringValue(Encoding.UTF8.GetString(tokenizer.Piece(id)));
                }

                json.WriteEndArray();
            }
            else
            {
                json.WriteNull("token_strs"u8);
            }
        });
    }

    /// <summary><c>POST /detokenize</c>. The request is the same in both forms; so the answer has the text under both names.</summary>
    public async Task DetokenizeAsync(HttpContext context)
    {
        using JsonDocument body = await RequestBody.ReadAsync(context);
        RequestFields fields = new(body.RootElement);
        JsonElement given = fields.Require("tokens");
        using ModelLease model = await pick.AcquireAsync(fields.Text(Model), context);
        string text = given.ValueKind == JsonValueKind.Array && given.GetArrayLength() == 0
            ? ""
            : model.Engine.Tokenizer.Decode(ReadTokens(given, model.Engine.Tokenizer.VocabularySize), special: true);
        await LlamaServerApi.WriteAsync(context, json =>
        {
            json.WriteString("content"u8, text);
            json.WriteString("prompt"u8, text);
        });
    }

    /// <summary><c>POST /apply-template</c>.</summary>
    public async Task ApplyTemplateAsync(HttpContext context)
    {
        using JsonDocument body = await RequestBody.ReadAsync(context);
        RequestFields fields = new(body.RootElement);
        using ModelLease model = await pick.AcquireAsync(fields.Text(Model), context);
        string prompt = prompts.Render(fields, model.Engine, fields.Flag(AddGenerationPrompt) ?? true).Text;
        await LlamaServerApi.WriteAsync(context, json => json.WriteString("prompt"u8, prompt));
    }

    static List<int> ReadTokens(JsonElement given, int vocabulary)
    {
        List<int> tokens = [];
        foreach (JsonElement item in RequestFields.Array(given, "tokens", MaxTokens))
        {
            tokens.Add(item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int token) && token >= 0 && token < vocabulary
                ? token
                : throw RequestFields.Invalid($"tokens[{tokens.Count}]", "invalid_value", $"Invalid 'tokens[{tokens.Count}]': a token is an integer from 0 to {vocabulary - 1}"));
        }

        return tokens;
    }

    static void WriteTokens(Utf8JsonWriter json, Tokenizer tokenizer, List<int> tokens, bool pieces)
    {
        json.WriteStartArray("tokens"u8);
        foreach (int token in tokens)
        {
            if (!pieces)
            {
                json.WriteNumberValue(token);
                continue;
            }

            json.WriteStartObject();
            json.WriteNumber("id"u8, token);
            WritePiece(json, tokenizer.Piece(token));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>A text, or where it is no whole characters its bytes.</summary>
    static void WritePiece(Utf8JsonWriter json, ReadOnlySpan<byte> piece)
    {
        if (Utf8.IsValid(piece))
        {
            json.WriteString("piece"u8, piece);
            return;
        }

        json.WriteStartArray("piece"u8);
        foreach (byte value in piece)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }
}
