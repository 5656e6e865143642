using System.Text.Json;
using Millrace.Server.Inference;

namespace Millrace.Server.OpenAi;

/// <summary>What every object of one answer begins with: encoded once.</summary>
sealed class AnswerHead
{
    static readonly JsonEncodedText IdName = JsonEncodedText.Encode("id");
    static readonly JsonEncodedText ObjectName = JsonEncodedText.Encode("object");
    static readonly JsonEncodedText CreatedName = JsonEncodedText.Encode("created");
    static readonly JsonEncodedText ModelName = JsonEncodedText.Encode("model");
    static readonly JsonEncodedText FingerprintName = JsonEncodedText.Encode("system_fingerprint");
    static readonly JsonEncodedText TierName = JsonEncodedText.Encode("service_tier");

    readonly JsonEncodedText _id, _object, _model, _fingerprint;
    readonly JsonEncodedText? _tier;
    readonly long _created;

    /// <summary>The head of an answer.</summary>
    /// <param name="prefix">What its id begins with.</param>
    /// <param name="type">The type of its objects.</param>
    /// <param name="inference">The request.</param>
    /// <param name="fingerprint">What answers.</param>
    /// <param name="tier">Its class of service, where it named one.</param>
    public AnswerHead(string prefix, string type, Inference.Inference inference, string fingerprint, string? tier)
    {
        _id = JsonEncodedText.Encode(prefix + inference.Id);
        _object = JsonEncodedText.Encode(type);
        _model = JsonEncodedText.Encode(inference.Model.Name, Wire.Json.Encoder);
        _fingerprint = JsonEncodedText.Encode(fingerprint);
        _tier = tier is null ? null : JsonEncodedText.Encode(tier);
        _created = inference.Created.ToUnixTimeSeconds();
    }

    /// <summary>Writes it, into an object that has begun.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteString(IdName, _id);
        json.WriteString(ObjectName, _object);
        json.WriteNumber(CreatedName, _created);
        json.WriteString(ModelName, _model);
        if (_tier is { } tier)
        {
            json.WriteString(TierName, tier);
        }

        json.WriteString(FingerprintName, _fingerprint);
    }
}
