using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Millrace.Sampling;
using Millrace.Tokenization;

namespace Millrace;

/// <summary>What the options of Microsoft.Extensions.AI mean here.</summary>
static class ChatOptionsMapping
{
    /// <summary>How tokens are drawn: the options given, over the defaults. DRY breaks at llama.cpp's texts unless others are given.</summary>
    /// <exception cref="NotSupportedException">An additional property is unknown, or no number.</exception>
    public static SamplingParameters Sampling(ChatOptions? options, SamplingParameters defaults, Tokenizer tokenizer)
    {
        SamplingParameters sampling = defaults with
        {
            Temperature = options?.Temperature ?? defaults.Temperature,
            TopP = options?.TopP ?? defaults.TopP,
            TopK = options?.TopK ?? defaults.TopK,
            FrequencyPenalty = options?.FrequencyPenalty ?? defaults.FrequencyPenalty,
            PresencePenalty = options?.PresencePenalty ?? defaults.PresencePenalty,
            Seed = (ulong)(options?.Seed ?? Random.Shared.NextInt64()),
        };
        IEnumerable<string> breakers = DryBreakers.DefaultTexts;
        foreach ((string name, object? value) in options?.AdditionalProperties ?? [])
        {
            if (name == "dry_sequence_breakers")
            {
                breakers = value as IEnumerable<string> ?? throw new NotSupportedException($"{name} must be strings, and is {value ?? "null"}");
            }
            else
            {
                sampling = With(sampling, name, value);
            }
        }

        return sampling.DryMultiplier > 0 ? sampling with { DryBreakers = DryBreakers.FromTexts(tokenizer, breakers) } : sampling;
    }

    /// <summary>Throws for what would otherwise be ignored.</summary>
    /// <exception cref="NotSupportedException">An option cannot be honoured; the message names it.</exception>
    public static void RejectUnsupported(ChatOptions? options, string model)
    {
        if (options is null)
        {
            return;
        }

        Reject(options.Tools is { Count: > 0 }, "Tools");
        Reject(options.ToolMode is RequiredChatToolMode, "ToolMode");
        Reject(options.ResponseFormat is ChatResponseFormatJson, "ResponseFormat json");
        Reject(options.Reasoning is not null, "Reasoning");
        Reject(options.ConversationId is not null, "ConversationId");
        Reject(options.AllowBackgroundResponses == true, "AllowBackgroundResponses");
        Reject(options.ContinuationToken is not null, "ContinuationToken");
        Reject(options.RawRepresentationFactory is not null, "RawRepresentationFactory");
        Reject(options.ModelId is not null && options.ModelId != model, $"ModelId {options.ModelId} (this engine runs {model})");
    }

    static void Reject(bool present, string option)
    {
        if (present)
        {
            throw new NotSupportedException($"ChatOptions: {option} is not supported");
        }
    }

    /// <summary>Sets a parameter by the name that llama-server gives it.</summary>
    static SamplingParameters With(SamplingParameters sampling, string name, object? value) => name switch
    {
        "min_p" => sampling with { MinP = Number(name, value) },
        "typical_p" => sampling with { TypicalP = Number(name, value) },
        "repeat_penalty" => sampling with { RepetitionPenalty = Number(name, value) },
        "repeat_last_n" => sampling with { PenaltyWindow = Integer(name, value) },
        "dry_multiplier" => sampling with { DryMultiplier = Number(name, value) },
        "dry_base" => sampling with { DryBase = Number(name, value) },
        "dry_allowed_length" => sampling with { DryAllowedLength = Integer(name, value) },
        "dry_penalty_last_n" => sampling with { DryWindow = Integer(name, value) },
        "xtc_probability" => sampling with { XtcProbability = Number(name, value) },
        "xtc_threshold" => sampling with { XtcThreshold = Number(name, value) },
        "mirostat" => sampling with { Mirostat = Integer(name, value) switch { 0 => false, 2 => true, _ => throw new NotSupportedException("mirostat must be 0 or 2") } },
        "mirostat_tau" => sampling with { MirostatTau = Number(name, value) },
        "mirostat_eta" => sampling with { MirostatEta = Number(name, value) },
        _ => throw new NotSupportedException($"ChatOptions: the additional property {name} is not supported"),
    };

    static int Integer(string name, object? value) => Number(name, value) is var number && number == Math.Truncate(number) && Math.Abs(number) < 1e9f
        ? (int)number
        : throw new NotSupportedException($"{name} must be an integer, and is {value}");

    static float Number(string name, object? value) => value switch
    {
        JsonElement { ValueKind: JsonValueKind.Number } json => json.GetSingle(),
        IConvertible number and not (string or bool or char or DateTime) => number.ToSingle(CultureInfo.InvariantCulture),
        _ => throw new NotSupportedException($"{name} must be a number, and is {value ?? "null"}"),
    };
}
