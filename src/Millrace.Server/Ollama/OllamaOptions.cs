using System.Text.Json;
using Millrace.Cache;
using Millrace.Sampling;
using Millrace.Server.Hosting;
using Millrace.Server.Inference;

namespace Millrace.Server.Ollama;

/// <summary>The <c>options</c> of a request. Those about how a model is loaded (threads, batch, memory) are the server's business and ignored, as are those that nobody knows.</summary>
static class OllamaOptions
{
    const int MaxStops = 64;
    const int MaxStopLength = 4096;

    // A divisor this small leaves the most likely token alone, and would make logits infinite.
    const float LeastTemperature = 1e-6f;

    static readonly Parameter Temperature = Parameter.Number("temperature", 0, 100, "");
    static readonly Parameter TopK = Parameter.Integer("top_k", int.MinValue, int.MaxValue, "");
    static readonly Parameter TopP = Parameter.Number("top_p", 0, 1, "");
    static readonly Parameter MinP = Parameter.Number("min_p", 0, 1, "");
    static readonly Parameter TypicalP = Parameter.Number("typical_p", 0, 1, "");
    static readonly Parameter RepeatPenalty = Parameter.Number("repeat_penalty", 0.01, 100, "");
    static readonly Parameter RepeatLastN = Parameter.Integer("repeat_last_n", -1, int.MaxValue, "");
    static readonly Parameter PresencePenalty = Parameter.Number("presence_penalty", -2, 2, "");
    static readonly Parameter FrequencyPenalty = Parameter.Number("frequency_penalty", -2, 2, "");
    static readonly Parameter Mirostat = Parameter.Integer("mirostat", 0, 2, "");
    static readonly Parameter MirostatTau = Parameter.Number("mirostat_tau", 0.01, 100, "");
    static readonly Parameter MirostatEta = Parameter.Number("mirostat_eta", 0.0001, 1, "");
    static readonly Parameter Seed = Parameter.Integer("seed", long.MinValue, long.MaxValue, "");
    static readonly Parameter NumPredict = Parameter.Integer("num_predict", -2, int.MaxValue, "");
    static readonly Parameter NumCtx = Parameter.Integer("num_ctx", 1, int.MaxValue, "");

    /// <summary>How tokens are drawn; where it is not said, as Ollama does.</summary>
    /// <exception cref="InferenceException">An option is wrong.</exception>
    public static SamplingParameters Sampling(RequestFields options)
    {
        float temperature = options.Number(Temperature) ?? 0.8f;
        int mirostat = options.Integer(Mirostat) ?? 0;
        long seed = options.Long(Seed) ?? -1;
        return mirostat == 1
            ? throw RequestFields.NotSupported("options.mirostat", "mirostat 1 is not supported: 0 and 2 are")
            : new()
            {
                Temperature = temperature < LeastTemperature ? 0 : temperature,
                TopK = Math.Max(0, options.Integer(TopK) ?? 40),
                TopP = options.Number(TopP) ?? 0.9f,
                MinP = options.Number(MinP) ?? 0,
                TypicalP = options.Number(TypicalP) ?? 1,
                RepetitionPenalty = options.Number(RepeatPenalty) ?? 1.1f,
                PenaltyWindow = options.Integer(RepeatLastN) ?? 64,
                PresencePenalty = options.Number(PresencePenalty) ?? 0,
                FrequencyPenalty = options.Number(FrequencyPenalty) ?? 0,
                Mirostat = mirostat == 2,
                MirostatTau = options.Number(MirostatTau) ?? 5,
                MirostatEta = options.Number(MirostatEta) ?? 0.1f,
                Seed = (ulong)(seed < 0 ? Random.Shared.NextInt64() : seed),
            };
    }

    /// <summary>The strings that end the answer: one, or several.</summary>
    /// <exception cref="InferenceException">They are wrong.</exception>
    public static IReadOnlyList<string> Stops(RequestFields options)
    {
        if (options.Find("stop") is not { } value || (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0))
        {
            return [];
        }

        const string Path = "options.stop";
        string[] stops = value.ValueKind == JsonValueKind.String
            ? [RequestFields.Text(value, Path)]
            : [.. RequestFields.Array(value, Path, MaxStops).Select(static stop => RequestFields.Text(stop, Path))];
        return stops.All(static stop => stop.Length is > 0 and <= MaxStopLength)
            ? stops
            : throw RequestFields.Invalid(Path, "invalid_value", $"stop strings must have 1 to {MaxStopLength} characters");
    }

    /// <summary>New tokens at most: what was asked for, or what there is room for. A prompt is never cut.</summary>
    /// <exception cref="InferenceException">The prompt does not fit, or more context was asked for than there is.</exception>
    public static int? MaxTokens(RequestFields options, Engine engine, int prompt)
    {
        int wanted = options.Integer(NumPredict) ?? -1;
        int context = options.Integer(NumCtx) ?? engine.Context;
        if (context > engine.Context)
        {
            throw RequestFields.Invalid("options.num_ctx", "invalid_value", $"num_ctx {context} is more than the context of {engine.Context} tokens that the model runs with");
        }

        if (prompt >= context)
        {
            throw new InferenceException(Refusal.ContextLength, $"the prompt of {prompt} tokens leaves no room for an answer in the context of {context} tokens; nothing is cut to fit");
        }

        // The last new token needs no place in the cache.
        long room = Math.Min(context - prompt, ((long)engine.Device.Cache.Blocks * KvCache.BlockSize) - prompt + 1);
        return wanted <= 0 || wanted > room ? (int)Math.Max(1, room) : wanted;
    }
}
