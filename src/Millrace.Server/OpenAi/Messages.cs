using System.Buffers;
using System.Text;
using System.Text.Json;
using Millrace.Server.Hosting;
using Millrace.Server.Inference;

namespace Millrace.Server.OpenAi;

/// <summary>Reads a conversation and writes it as chat templates expect it: each message's content one text, instructions as <c>system</c>, the arguments of tool calls as objects.</summary>
sealed class Messages
{
    const int MaxMessages = 16384;
    const int MaxParts = 4096;

    static readonly Parameter Role = Parameter.Choice("role", ["developer", "system", "user", "assistant", "tool"], "Who speaks.");
    static readonly Parameter Name = Parameter.Text("name", 256, "The speaker's name.");
    static readonly Parameter ToolCallId = Parameter.Text("tool_call_id", 256, "The call that this answers.");
    static readonly Parameter Refusal = Parameter.Text("refusal", int.MaxValue, "What the assistant said in place of an answer.");
    static readonly Parameter FunctionName = Parameter.Text("name", 256, "The function called.");
    static readonly Parameter Arguments = Parameter.Text("arguments", int.MaxValue, "JSON text.");

    readonly HashSet<string> _calls = [];
    readonly Utf8JsonWriter _writer;

    Messages(Utf8JsonWriter writer) => _writer = writer;

    /// <summary>Whether tools were called or answered.</summary>
    public bool HasTools { get; private set; }

    /// <summary>The messages of a request, as a JSON array for the template.</summary>
    /// <param name="fields">The request.</param>
    /// <param name="hasTools">Whether tools were called or answered, which not every template can say.</param>
    /// <exception cref="InferenceException">One of them is wrong.</exception>
    public static JsonElement Read(RequestFields fields, out bool hasTools)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            Messages messages = new(writer);
            writer.WriteStartArray();
            int index = 0;
            foreach (JsonElement message in RequestFields.Array(fields.Require("messages"), "messages", MaxMessages))
            {
                messages.Add(new RequestFields(message, $"messages[{index++}]"));
            }

            writer.WriteEndArray();
            hasTools = messages.HasTools;
        }

        var reader = new Utf8JsonReader(buffer.WrittenSpan);
        return JsonElement.ParseValue(ref reader);
    }

    void Add(RequestFields message)
    {
        message.Require(Role.Name);
        string role = message.Text(Role)!;
        _writer.WriteStartObject();
        _writer.WriteString("role", role == "developer" ? "system" : role);
        if (message.Text(Name) is { } name)
        {
            _writer.WriteString("name", name);
        }

        bool calls = role == "assistant" && AddCalls(message);
        if (role == "tool")
        {
            AddAnswer(message);
        }

        AddContent(message, optional: calls || (role == "assistant" && message.Find(Refusal.Name) is not null));
        _writer.WriteEndObject();
    }

    void AddContent(RequestFields message, bool optional)
    {
        string path = message.Path("content");
        string text = message.Find("content") switch
        {
            { ValueKind: JsonValueKind.String } content => RequestFields.Text(content, path),
            { ValueKind: JsonValueKind.Array } content => Join(content, path),
            { } content => throw RequestFields.WrongType(path, "a string or an array of parts", content),
            null when optional => message.Text(Refusal) ?? "",
            null => throw RequestFields.Invalid(path, "missing_required_parameter", $"Missing required parameter: '{path}'."),
        };
        _writer.WriteString("content", text);
    }

    /// <summary>Parts of text become one, as llama-server and vLLM join them for templates that take one text.</summary>
    static string Join(JsonElement content, string path)
    {
        StringBuilder text = new();
        int index = 0;
        foreach (JsonElement element in RequestFields.Array(content, path, MaxParts))
        {
            string at = $"{path}[{index}]";
            RequestFields part = new(element, at);
            string kind = RequestFields.Text(part.Require("type"), part.Path("type"));
            if (kind is not ("text" or "refusal"))
            {
                throw RequestFields.NotSupported(part.Path("type"), $"Invalid value: '{kind[..Math.Min(kind.Length, 64)]}'. This model takes text only: supported values are: 'text'.");
            }

            text.Append(index++ == 0 ? "" : "\n").Append(RequestFields.Text(part.Require(kind), part.Path(kind)));
        }

        return text.ToString();
    }

    bool AddCalls(RequestFields message)
    {
        const string Calls = "tool_calls";
        if (message.Find("function_call") is not null)
        {
            throw RequestFields.NotSupported(message.Path("function_call"), $"Unsupported parameter: '{message.Path("function_call")}' is not supported; use 'tool_calls'.");
        }

        if (message.Find(Calls) is not { } value || value is { ValueKind: JsonValueKind.Array } && value.GetArrayLength() == 0)
        {
            return false;
        }

        _writer.WriteStartArray(Calls);
        int index = 0;
        foreach (JsonElement element in RequestFields.Array(value, message.Path(Calls), MaxParts))
        {
            AddCall(new RequestFields(element, $"{message.Path(Calls)}[{index++}]"));
        }

        _writer.WriteEndArray();
        return HasTools = true;
    }

    void AddCall(RequestFields call)
    {
        string id = RequestFields.Text(call.Require("id"), call.Path("id"));
        RequestFields function = new(call.Require("function"), call.Path("function"));
        function.Require(FunctionName.Name);
        _calls.Add(id);
        _writer.WriteStartObject();
        _writer.WriteString("id", id);
        _writer.WriteString("type", "function");
        _writer.WriteStartObject("function");
        _writer.WriteString("name", function.Text(FunctionName));
        _writer.WritePropertyName("arguments");
        WriteArguments(function.Text(Arguments) ?? "{}", function.Path(Arguments.Name));
        _writer.WriteEndObject();
        _writer.WriteEndObject();
    }

    void WriteArguments(string json, string path)
    {
        try
        {
            using JsonDocument arguments = RequestBody.Parse(Encoding.UTF8.GetBytes(json));
            arguments.RootElement.WriteTo(_writer);
        }
        catch (Exception error) when (error is InferenceException or InvalidOperationException or ArgumentException)
        {
            throw RequestFields.Invalid(path, "invalid_value", $"Invalid '{path}': it must be the text of a JSON object.");
        }
    }

    void AddAnswer(RequestFields message)
    {
        HasTools = true;
        message.Require(ToolCallId.Name);
        string id = message.Text(ToolCallId)!;
        if (!_calls.Contains(id))
        {
            throw RequestFields.Invalid(
                message.Path(ToolCallId.Name), "invalid_value", $"Invalid '{message.Path(ToolCallId.Name)}': messages with role 'tool' must answer a preceding message's 'tool_calls'.");
        }

        _writer.WriteString(ToolCallId.Name, id);
    }
}
