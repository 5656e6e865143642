using System.Text.Json;

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
    /// <param name="id">Its id.</param>
    /// <param name="type">The type of its objects.</param>
    /// <param name="created">When it was asked for.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="fingerprint">What answers.</param>
    /// <param name="tier">Its class of service; null where the request named none.</param>
    public AnswerHead(string id, string type, DateTimeOffset created, string model, string fingerprint, string? tier)
    {
        _id = JsonEncodedText.Encode(id);
        _object = JsonEncodedText.Encode(type);
        _model = JsonEncodedText.Encode(model, Wire.Json.Encoder);
        _fingerprint = JsonEncodedText.Encode(fingerprint);
        _tier = tier is null ? null : JsonEncodedText.Encode(tier);
        _created = created.ToUnixTimeSeconds();
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
