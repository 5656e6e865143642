using System.Text.Json;
using Millrace.Server.Hosting;
using Millrace.Server.Inference;
using Millrace.Server.Models;

namespace Millrace.Server.Ollama;

/// <summary>What the requests for answers have in common. Fields that ask for what is not supported are refused; those that nobody knows are ignored.</summary>
/// <param name="Model">The model's name, as the client gave it.</param>
/// <param name="Stream">Whether the answer comes in pieces.</param>
/// <param name="KeepAlive">How long the model is to stay; null leaves that to its settings.</param>
/// <param name="Options">The options.</param>
sealed record OllamaRequest(string Model, bool Stream, TimeSpan? KeepAlive, RequestFields Options)
{
    static readonly Parameter ModelField = Parameter.Text("model", int.MaxValue, "The model.");
    static readonly Parameter NameField = Parameter.Text("name", int.MaxValue, "The model, as older clients call it.");
    static readonly Parameter StreamField = Parameter.Flag("stream", "Whether the answer comes in pieces; it does unless told otherwise.");
    static readonly JsonElement NoOptions = JsonDocument.Parse("{}").RootElement;

    // What changes the answer and is not supported.
    static readonly (string Name, string Message)[] Unsupported =
    [
        ("format", "structured outputs are not supported: 'format' must be absent"),
        ("tools", "does not support tools"),
        ("images", "does not support images"),
        ("suffix", "does not support insert: 'suffix' must be absent"),
        ("template", "a template of the request's own is not supported: use 'raw' with the whole prompt"),
        ("context", "'context' is not supported: send the conversation to /api/chat, whose prefix is cached"),
    ];

    /// <summary>The name of a model in a request.</summary>
    /// <exception cref="InferenceException">There is none, or it is no text.</exception>
    public static string ReadModel(RequestFields fields) =>
        (fields.Text(ModelField) ?? fields.Text(NameField)) is { Length: > 0 } name ? name : throw RequestFields.Invalid("model", "missing_required_parameter", "model is required");

    /// <summary>Reads the common fields.</summary>
    /// <exception cref="InferenceException">One is wrong, or not supported.</exception>
    public static OllamaRequest Read(RequestFields fields)
    {
        string model = ReadModel(fields);
        foreach ((string name, string message) in Unsupported)
        {
            if (fields.Find(name) is { } value && !IsEmpty(value))
            {
                throw RequestFields.NotSupported(name, message.StartsWith("does", StringComparison.Ordinal) ? $"\"{ModelRegistry.Shown(model)}\" {message}" : message);
            }
        }

        if (fields.Find("think") is { ValueKind: not JsonValueKind.False })
        {
            throw RequestFields.NotSupported("think", $"\"{ModelRegistry.Shown(model)}\" does not support thinking");
        }

        return new(model, fields.Flag(StreamField) ?? true, ReadKeepAlive(fields), new RequestFields(fields.Find("options") ?? NoOptions, "options"));
    }

    /// <summary>Whether a value says nothing: clients send empty texts and lists for what they do not use.</summary>
    static bool IsEmpty(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.ValueEquals(""),
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.False => true,
        _ => false,
    };

    static TimeSpan? ReadKeepAlive(RequestFields fields)
    {
        if (fields.Find("keep_alive") is not { } value || (value.ValueKind == JsonValueKind.String && value.ValueEquals("")))
        {
            return null;
        }

        TimeSpan keepAlive = default;
        bool isDuration = value.ValueKind switch
        {
            JsonValueKind.Number => Models.KeepAlive.TryFromSeconds(value.GetDouble(), out keepAlive),
            JsonValueKind.String => Models.KeepAlive.TryParse(RequestFields.Text(value, "keep_alive"), out keepAlive),
            _ => false,
        };
        return isDuration ? keepAlive : throw RequestFields.Invalid("keep_alive", "invalid_value", "keep_alive must be a duration such as \"10m\", or a number of seconds");
    }
}
