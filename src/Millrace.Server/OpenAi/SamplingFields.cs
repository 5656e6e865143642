using System.Globalization;
using System.Text.Json;
using Millrace.Sampling;
using Millrace.Server.Hosting;
using Millrace.Tokenization;

namespace Millrace.Server.OpenAi;

/// <summary>Reads how tokens are drawn: OpenAI's parameters, and llama-server's and vLLM's beside them.</summary>
static class SamplingFields
{
    const int MaxBiases = 1024;
    const int MaxStops = 4;
    const int MaxStopLength = 4096;
    const int MaxBreakers = 64;

    // A divisor this small leaves the most likely token alone, and would make logits infinite.
    const float LeastTemperature = 1e-6f;

    /// <summary>The parameters of a request. The defaults are OpenAI's: the model's own distribution.</summary>
    /// <exception cref="Inference.InferenceException">One of them is wrong.</exception>
    public static SamplingParameters Read(RequestFields fields, Tokenizer tokenizer)
    {
        SamplingParameters defaults = new() { PenaltyWindow = -1 };
        float temperature = fields.Number(Parameters.Temperature) ?? defaults.Temperature;
        float multiplier = fields.Number(Parameters.DryMultiplier) ?? defaults.DryMultiplier;
        return defaults with
        {
            Temperature = temperature < LeastTemperature ? 0 : temperature,
            TopP = fields.Number(Parameters.TopP) ?? defaults.TopP,
            TopK = Math.Max(0, fields.Integer(Parameters.TopK) ?? defaults.TopK),
            MinP = fields.Number(Parameters.MinP) ?? defaults.MinP,
            TypicalP = fields.Number(Parameters.TypicalP) ?? defaults.TypicalP,
            RepetitionPenalty = fields.Number(Parameters.RepeatPenalty) ?? fields.Number(Parameters.RepetitionPenalty) ?? defaults.RepetitionPenalty,
            FrequencyPenalty = fields.Number(Parameters.FrequencyPenalty) ?? defaults.FrequencyPenalty,
            PresencePenalty = fields.Number(Parameters.PresencePenalty) ?? defaults.PresencePenalty,
            PenaltyWindow = fields.Integer(Parameters.RepeatLastN) ?? defaults.PenaltyWindow,
            DryMultiplier = multiplier,
            DryBase = fields.Number(Parameters.DryBase) ?? defaults.DryBase,
            DryAllowedLength = fields.Integer(Parameters.DryAllowedLength) ?? defaults.DryAllowedLength,
            DryWindow = fields.Integer(Parameters.DryPenaltyLastN) ?? defaults.DryWindow,
            DryBreakers = multiplier > 0 ? Breakers(fields, tokenizer) : [],
            XtcProbability = fields.Number(Parameters.XtcProbability) ?? defaults.XtcProbability,
            XtcThreshold = fields.Number(Parameters.XtcThreshold) ?? defaults.XtcThreshold,
            Mirostat = Mirostat(fields),
            MirostatTau = fields.Number(Parameters.MirostatTau) ?? defaults.MirostatTau,
            MirostatEta = fields.Number(Parameters.MirostatEta) ?? defaults.MirostatEta,
            LogitBias = Bias(fields, tokenizer.VocabularySize),
            Seed = (ulong)(fields.Long(Parameters.Seed) ?? Random.Shared.NextInt64()),
        };
    }

    /// <summary>The stop strings: one, or up to four.</summary>
    /// <exception cref="Inference.InferenceException">They are wrong.</exception>
    public static IReadOnlyList<string> Stops(RequestFields fields)
    {
        if (fields.Find("stop") is not { } value)
        {
            return [];
        }

        return value.ValueKind == JsonValueKind.String
            ? [Stop(value, "stop")]
            : [.. RequestFields.Array(value, "stop", MaxStops).Select((stop, index) => Stop(stop, $"stop[{index}]"))];
    }

    static string Stop(JsonElement value, string path)
    {
        string stop = RequestFields.Text(value, path);
        return stop.Length is > 0 and <= MaxStopLength
            ? stop
            : throw RequestFields.Invalid(path, "invalid_value", $"Invalid '{path}': a stop string has 1 to {MaxStopLength} characters, and this one {stop.Length}.");
    }

    static bool Mirostat(RequestFields fields) => fields.Integer(Parameters.Mirostat) switch
    {
        1 => throw RequestFields.NotSupported("mirostat", "Mirostat 1 is not supported; 2 is."),
        var version => version == 2,
    };

    static Dictionary<int, float> Bias(RequestFields fields, int vocabulary)
    {
        Dictionary<int, float> biases = [];
        if (fields.Find("logit_bias") is not { } value)
        {
            return biases;
        }

        Parameter bias = Parameter.Number("", -100, 100, "");
        foreach (JsonProperty property in RequestFields.Properties(value, "logit_bias", MaxBiases))
        {
            bool isToken = int.TryParse(property.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int token);
            if (!isToken || token >= vocabulary)
            {
                throw RequestFields.Invalid("logit_bias", "invalid_value", $"Invalid key in 'logit_bias': {property.Name[..Math.Min(32, property.Name.Length)]}. Expected the id of a token, 0 to {vocabulary - 1}.");
            }

            float number = new RequestFields(value, "logit_bias").Number(bias with { Name = property.Name }) ?? throw RequestFields.WrongType($"logit_bias.{property.Name}", "a number", property.Value);
            if (!biases.TryAdd(token, number == -100 ? float.NegativeInfinity : number))
            {
                throw RequestFields.Invalid("logit_bias", "invalid_value", $"Invalid 'logit_bias': token {token} is there twice.");
            }
        }

        return biases.Count >= vocabulary && biases.Values.All(float.IsNegativeInfinity)
            ? throw RequestFields.Invalid("logit_bias", "invalid_value", "Invalid 'logit_bias': it bans every token.")
            : biases;
    }

    static IReadOnlyList<IReadOnlyList<int>> Breakers(RequestFields fields, Tokenizer tokenizer)
    {
        const string Name = "dry_sequence_breakers";
        IEnumerable<string> texts = DryBreakers.DefaultTexts;
        if (fields.Find(Name) is { } value)
        {
            texts = [.. RequestFields.Array(value, Name, MaxBreakers).Select((text, index) => RequestFields.Text(text, $"{Name}[{index}]"))];
        }

        try
        {
            return DryBreakers.FromTexts(tokenizer, texts);
        }
        catch (ArgumentOutOfRangeException)
        {
            throw RequestFields.Invalid(Name, "invalid_value", $"Invalid '{Name}': each is 1 to 40 bytes long.");
        }
    }
}
