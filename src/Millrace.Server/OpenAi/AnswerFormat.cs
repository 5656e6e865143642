using System.Text;
using System.Text.Json;
using Millrace.Server.Inference;
using Millrace.Tokenization;

namespace Millrace.Server.OpenAi;

/// <summary>An answer while it is collected, to be sent whole.</summary>
sealed class Choice
{
    /// <summary>The text so far.</summary>
    public StringBuilder Text { get; } = new();

    /// <summary>The tokens so far, where their log-probabilities were asked for.</summary>
    public List<TokenOutput> Tokens { get; } = [];

    /// <summary>Why it ended.</summary>
    public FinishReason FinishReason { get; set; }
}

/// <summary>How one of the APIs writes answers, whole or in pieces.</summary>
/// <param name="head">What each object begins with.</param>
/// <param name="tokenizer">The model's tokenizer.</param>
/// <param name="includeUsage">Whether chunks speak of usage.</param>
/// <param name="choices">How many answers there are, of all prompts together.</param>
abstract class AnswerFormat(AnswerHead head, Tokenizer tokenizer, bool includeUsage, int choices)
{
    /// <summary>How many answers there are, of all prompts together.</summary>
    public int Choices { get; } = choices;

    /// <summary>The model's tokenizer.</summary>
    protected Tokenizer Tokenizer { get; } = tokenizer;

    /// <summary>Writes the chunks of one event, but not of a choice's end.</summary>
    public abstract void WritePiece(EventStream stream, in InferenceEvent piece);

    /// <summary>Writes the chunk that ends a choice.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="end">The choice's last event.</param>
    /// <param name="extra">Writes what the answer's last choice carries besides; null for others.</param>
    public abstract void WriteEnd(EventStream stream, in InferenceEvent end, Action<Utf8JsonWriter>? extra);

    /// <summary>Writes the whole answer.</summary>
    public void WriteWhole(Utf8JsonWriter json, IReadOnlyList<Choice> choices, Usage usage, Action<Utf8JsonWriter> extra)
    {
        json.WriteStartObject();
        head.Write(json);
        json.WriteStartArray("choices"u8);
        for (int index = 0; index < choices.Count; index++)
        {
            json.WriteStartObject();
            json.WriteNumber("index"u8, index);
            WriteChoice(json, index, choices[index]);
            json.WriteString("finish_reason"u8, Wire.Reason(choices[index].FinishReason));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        Wire.WriteUsage(json, usage);
        extra(json);
        json.WriteEndObject();
    }

    /// <summary>Writes the chunk that says what was used, where one was asked for.</summary>
    public void WriteUsage(EventStream stream, Usage usage)
    {
        if (includeUsage)
        {
            Utf8JsonWriter json = BeginChunk(stream);
            json.WriteEndArray();
            Wire.WriteUsage(json, usage);
            json.WriteEndObject();
            stream.End();
        }
    }

    /// <summary>Writes a choice of the whole answer: all but its index and its finish reason.</summary>
    protected abstract void WriteChoice(Utf8JsonWriter json, int index, Choice choice);

    /// <summary>Begins a chunk with one choice, in whose object it leaves the writer.</summary>
    protected Utf8JsonWriter BeginChoice(EventStream stream, int index)
    {
        Utf8JsonWriter json = BeginChunk(stream);
        json.WriteStartObject();
        json.WriteNumber("index"u8, index);
        return json;
    }

    /// <summary>Ends it.</summary>
    protected void EndChoice(EventStream stream, FinishReason? reason, Action<Utf8JsonWriter>? extra = null)
    {
        Utf8JsonWriter json = stream.Json;
        if (reason is { } ended)
        {
            json.WriteString("finish_reason"u8, Wire.Reason(ended));
        }
        else
        {
            json.WriteNull("finish_reason"u8);
        }

        json.WriteEndObject();
        json.WriteEndArray();
        if (includeUsage)
        {
            json.WriteNull("usage"u8);
        }

        extra?.Invoke(json);
        json.WriteEndObject();
        stream.End();
    }

    Utf8JsonWriter BeginChunk(EventStream stream)
    {
        stream.Begin();
        Utf8JsonWriter json = stream.Json;
        json.WriteStartObject();
        head.Write(json);
        json.WriteStartArray("choices"u8);
        return json;
    }
}
