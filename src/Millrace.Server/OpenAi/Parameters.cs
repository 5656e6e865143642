using Millrace.Server.Hosting;

namespace Millrace.Server.OpenAi;

/// <summary>The parameters of OpenAI's API and those that users of llama-server and vLLM send with it, with their ranges.</summary>
static class Parameters
{
    const int Ids = 1_000_000; // bounds what is a count of tokens but no length

    public static readonly Parameter Model = Parameter.Text("model", 256, "The model that answers, by the name that /v1/models lists.");
    public static readonly Parameter Stream = Parameter.Flag("stream", "Whether the answer comes in pieces as it is made, as server-sent events.");
    public static readonly Parameter IncludeUsage = Parameter.Flag("include_usage", "Whether a last chunk says what was used.");
    public static readonly Parameter N = Parameter.Integer("n", 1, 128, "Answers to the same prompt; answer i draws with the seed plus i.") with { Default = 1 };
    public static readonly Parameter BestOf = Parameter.Integer("best_of", 1, 128, "Must equal n: all answers made are returned.");
    public static readonly Parameter Seed = Parameter.Integer("seed", double.NegativeInfinity, double.PositiveInfinity, "The same request with the same seed gives the same answer; drawn anew where it is not given.");
    public static readonly Parameter MaxTokens = Parameter.Integer("max_tokens", 1, int.MaxValue, "New tokens of each answer at most; as many as there is room for unless given.");
    public static readonly Parameter MaxCompletionTokens = Parameter.Integer("max_completion_tokens", 1, int.MaxValue, "The newer name of max_tokens.");
    public static readonly Parameter CompletionMaxTokens = Parameter.Integer("max_tokens", 0, int.MaxValue, "New tokens of each answer at most; 0 only reads the prompt.") with { Default = 16 };
    public static readonly Parameter LogProbs = Parameter.Flag("logprobs", "Whether the log-probability of each token is returned.");
    public static readonly Parameter TopLogProbs = Parameter.Integer("top_logprobs", 0, 20, "How many of the most likely tokens are returned at each position; needs logprobs.");
    public static readonly Parameter CompletionLogProbs = Parameter.Integer("logprobs", 0, 20, "The log-probabilities of each token and of so many most likely ones are returned.");
    public static readonly Parameter Echo = Parameter.Flag("echo", "Whether the prompt comes before each answer.");
    public static readonly Parameter ParseSpecial = Parameter.Flag("parse_special", "Whether names of control tokens in the prompt are these tokens; otherwise they are text.");
    public static readonly Parameter User = Parameter.Text("user", 1024, "The end user; not used.");
    public static readonly Parameter CacheSalt = Parameter.Text("cache_salt", 1024, "Cached prefixes are shared only between requests that give the same salt.");
    public static readonly Parameter ReceiptWanted = Parameter.Flag("receipt", "Whether the answer carries what it cost: tokens, bytes, time, energy, money.");
    public static readonly Parameter EncodingFormat = Parameter.Choice("encoding_format", ["float", "base64"], "How vectors are written: as numbers, or as base64 of little-endian 32-bit floats.");
    public static readonly Parameter Dimensions = Parameter.Integer("dimensions", 1, Ids, "Must be the model's own number of dimensions.");
    public static readonly Parameter ServiceTier = Parameter.Choice(
        "service_tier", ["auto", "default", "flex", "priority", "fast", "realtime", "standard", "batch"],
        "The class of service: realtime (OpenAI's priority), standard (default) or batch (flex).");

    public static readonly Parameter Temperature = Parameter.Number("temperature", 0, 2, "Divides the logits; 0 takes the most likely token.") with { Default = 1 };
    public static readonly Parameter TopP = Parameter.Number("top_p", 0, 1, "Keeps the most likely tokens whose probabilities reach this sum.") with { Default = 1 };
    public static readonly Parameter FrequencyPenalty = Parameter.Number("frequency_penalty", -2, 2, "Subtracted from a token's logit for each time it stands in the text so far.") with { Default = 0 };
    public static readonly Parameter PresencePenalty = Parameter.Number("presence_penalty", -2, 2, "Subtracted once from the logit of a token that stands in the text so far.") with { Default = 0 };
    public static readonly Parameter TopK = Parameter.Integer("top_k", -1, int.MaxValue, "Keeps the k most likely tokens; 0 and -1 keep all.") with { Default = 0 };
    public static readonly Parameter MinP = Parameter.Number("min_p", 0, 1, "Keeps tokens at least this likely relative to the most likely.") with { Default = 0 };
    public static readonly Parameter TypicalP = Parameter.Number("typical_p", 0, 1, "Keeps the tokens of most typical surprise whose probabilities exceed this sum.") with { Default = 1 };
    public static readonly Parameter RepeatPenalty = Parameter.Number("repeat_penalty", 0.01, 100, "Divides positive and multiplies negative logits of tokens that stand in the text so far.") with { Default = 1 };
    public static readonly Parameter RepetitionPenalty = RepeatPenalty with { Name = "repetition_penalty" };
    public static readonly Parameter RepeatLastN = Parameter.Integer("repeat_last_n", -1, int.MaxValue, "How many of the last tokens the penalties look at; -1 is all.") with { Default = -1 };
    public static readonly Parameter DryMultiplier = Parameter.Number("dry_multiplier", 0, 100, "Scale of the DRY penalty against repeated sequences; 0 switches it off.") with { Default = 0 };
    public static readonly Parameter DryBase = Parameter.Number("dry_base", 1, 100, "DRY grows by this factor for each further repeated token.") with { Default = 1.75 };
    public static readonly Parameter DryAllowedLength = Parameter.Integer("dry_allowed_length", 1, int.MaxValue, "The longest repetition that DRY leaves alone.") with { Default = 2 };
    public static readonly Parameter DryPenaltyLastN = Parameter.Integer("dry_penalty_last_n", -1, int.MaxValue, "How many of the last tokens DRY looks at; -1 is all.") with { Default = -1 };
    public static readonly Parameter XtcProbability = Parameter.Number("xtc_probability", 0, 1, "The chance that XTC leaves out the top choices for a token.") with { Default = 0 };
    public static readonly Parameter XtcThreshold = Parameter.Number("xtc_threshold", 0, 1, "What XTC counts as a top choice.") with { Default = 0.1 };
    public static readonly Parameter Mirostat = Parameter.Integer("mirostat", 0, 2, "2 draws by mirostat 2 in place of all filters and penalties; 1 is not supported.") with { Default = 0 };
    public static readonly Parameter MirostatTau = Parameter.Number("mirostat_tau", 0.01, 100, "The surprise in bits that mirostat aims at.") with { Default = 5 };
    public static readonly Parameter MirostatEta = Parameter.Number("mirostat_eta", 0.0001, 1, "How fast mirostat corrects itself.") with { Default = 0.1 };
    public static readonly Parameter IgnoreEos = Parameter.Flag("ignore_eos", "Whether the answer goes on where the model would end it.");

    /// <summary>What decides how tokens are drawn.</summary>
    public static readonly IReadOnlyList<Parameter> Sampling =
    [
        Temperature, TopP, Seed, FrequencyPenalty, PresencePenalty, TopK, MinP, TypicalP, RepeatPenalty, RepetitionPenalty, RepeatLastN, DryMultiplier,
        DryBase, DryAllowedLength, DryPenaltyLastN, XtcProbability, XtcThreshold, Mirostat, MirostatTau, MirostatEta, IgnoreEos,
    ];

    /// <summary>What chat and text completions share besides.</summary>
    public static readonly IReadOnlyList<Parameter> Generation = [Model, Stream, N, User, CacheSalt, ServiceTier, ReceiptWanted];
}
