using System.Text.Json;
using Millrace.Formats;
using Millrace.Server.Models;

namespace Millrace.Server.Ollama;

/// <summary>The header of a model's file, as <c>/api/show</c> writes it.</summary>
sealed class ModelHeader
{
    // Of these there is one for each token of the vocabulary.
    const int LongestShown = 64;

    readonly Metadata _metadata;
    readonly IReadOnlyList<Tensor> _tensors;
    readonly bool _verbose;

    ModelHeader(Metadata metadata, IReadOnlyList<Tensor> tensors, bool verbose) => (_metadata, _tensors, _verbose) = (metadata, tensors, verbose);

    /// <summary>Reads it.</summary>
    /// <param name="path">The model.</param>
    /// <param name="verbose">Whether long lists and tensors are shown.</param>
    public static ModelHeader Read(string path, bool verbose)
    {
        using ModelFile file = ModelFile.Open(path);
        return new(file.Metadata, [.. file.Tensors.Values], verbose);
    }

    /// <summary>Writes <c>model_info</c>.</summary>
    public void WriteInfo(Utf8JsonWriter json, ModelDetails details)
    {
        json.WriteStartObject("model_info"u8);
        foreach (string key in _metadata.Keys.Where(static key => key != "tokenizer.chat_template"))
        {
            json.WritePropertyName(key);
            WriteValue(json, _metadata[key]!);
        }

        if (!_metadata.Contains("general.parameter_count"))
        {
            json.WriteNumber("general.parameter_count"u8, details.Parameters);
        }

        json.WriteEndObject();
    }

    /// <summary>Writes <c>tensors</c>, where they are wanted.</summary>
    public void WriteTensors(Utf8JsonWriter json)
    {
        if (!_verbose)
        {
            return;
        }

        json.WriteStartArray("tensors"u8);
        foreach (Tensor tensor in _tensors)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, tensor.Name);
            json.WriteString("type"u8, tensor.Type.IsKnown ? tensor.Type.GgufName.ToUpperInvariant() : "unknown");
            json.WriteStartArray("shape"u8);
            foreach (long extent in tensor.Shape)
            {
                json.WriteNumberValue(extent);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    void WriteValue(Utf8JsonWriter json, object value)
    {
        switch (value)
        {
            case Utf8Strings strings when !_verbose && strings.Count > LongestShown:
            case Array numbers when !_verbose && numbers.Length > LongestShown:
                json.WriteNullValue();
                break;
            case Utf8Strings strings:
                json.WriteStartArray();
                for (int i = 0; i < strings.Count; i++)
                {
                    json.WriteStringValue(strings.Text(i));
                }

                json.WriteEndArray();
                break;
            case Array array:
                json.WriteStartArray();
                foreach (object item in array)
                {
                    WriteScalar(json, item);
                }

                json.WriteEndArray();
                break;
            default:
                WriteScalar(json, value);
                break;
        }
    }

    static void WriteScalar(Utf8JsonWriter json, object value)
    {
        switch (value)
        {
            case string text:
                json.WriteStringValue(text);
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case float number when float.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            case float or double:
                json.WriteNullValue(); // JSON has no such numbers
                break;
            case ulong number:
                json.WriteNumberValue(number);
                break;
            default:
                json.WriteNumberValue(Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture));
                break;
        }
    }
}
