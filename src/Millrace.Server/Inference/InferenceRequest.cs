using Millrace.Sampling;
using Millrace.Scheduling;

namespace Millrace.Server.Inference;

/// <summary>Sees the logits of prompts, each once. Called on the engine's own thread, so it should be quick; what it throws fails the request.</summary>
/// <param name="prompt">Which prompt, from 0.</param>
/// <param name="position">Position of the token that the logits follow.</param>
/// <param name="logits">[vocabulary], as the model gave them; valid during the call.</param>
public delegate void PromptObserver(int prompt, int position, ReadOnlySpan<float> logits);

/// <summary>What an API hands in: tokens and numbers, nothing of its wire format.</summary>
public sealed record InferenceRequest
{
    /// <summary>The kind of operation, as OpenTelemetry's GenAI conventions name it: <c>chat</c>, <c>text_completion</c>, <c>embeddings</c>.</summary>
    public required string Operation { get; init; }

    /// <summary>The tokens of each prompt; most requests have one.</summary>
    public required IReadOnlyList<IReadOnlyList<int>> Prompts { get; init; }

    /// <summary>New tokens of each choice at most; null is as many as there is room for.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Whether the answers are sent as they come. Of what is sent whole a crash sends nothing, and bills nothing.</summary>
    public bool Streams { get; init; }

    /// <summary>Answers to each prompt; the i-th of all draws with the seed plus i.</summary>
    public int Choices { get; init; } = 1;

    /// <summary>Whether each prompt is turned into a vector, and nothing generated.</summary>
    public bool Embed { get; init; }

    /// <summary>How tokens are drawn.</summary>
    public SamplingParameters Sampling { get; init; } = new();

    /// <summary>Strings that end an answer and are no part of it.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Tokens that end the answer; null is the model's own, empty is none.</summary>
    public IReadOnlySet<int>? StopTokens { get; init; }

    /// <summary>With each token its log-probability and those of the so many most likely ones.</summary>
    public int? TopLogProbabilities { get; init; }

    /// <summary>Sees the logits of the prompts, from their first positions.</summary>
    public PromptObserver? PromptLogits { get; init; }

    /// <summary>How soon it is to be served; null is as its key says, and never sooner than that.</summary>
    public ServiceClass? Class { get; init; }

    /// <summary>How long it may take from its submission to its end, as the caller's; the shorter counts.</summary>
    public TimeSpan? Deadline { get; init; }

    /// <summary>Prefixes are shared only with requests of the same tenant that give the same salt.</summary>
    public string? CacheSalt { get; init; }
}
