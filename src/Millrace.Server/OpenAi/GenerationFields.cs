using System.Text.Json;
using Millrace.Sampling;
using Millrace.Scheduling;
using Millrace.Server.Hosting;
using Millrace.Server.Inference;
using Millrace.Server.Models;

namespace Millrace.Server.OpenAi;

/// <summary>What requests for chat and for text have in common.</summary>
sealed record GenerationFields
{
    /// <summary>How tokens are drawn.</summary>
    public required SamplingParameters Sampling { get; init; }

    /// <summary>Strings that end an answer.</summary>
    public required IReadOnlyList<string> Stop { get; init; }

    /// <summary>Tokens that end an answer; null is the model's own.</summary>
    public required IReadOnlySet<int>? StopTokens { get; init; }

    /// <summary>Answers to each prompt.</summary>
    public required int Choices { get; init; }

    /// <summary>Whether the answer is streamed.</summary>
    public required bool Stream { get; init; }

    /// <summary>Whether a stream's last chunk says what was used.</summary>
    public required bool IncludeUsage { get; init; }

    /// <summary>The class of service that was asked for, in whosever words; null where none was.</summary>
    public required string? Tier { get; init; }

    /// <summary>Whether the answer carries its bill.</summary>
    public required bool WantsReceipt { get; init; }

    /// <summary>Separates cached prefixes.</summary>
    public required string? CacheSalt { get; init; }

    /// <summary>Reads them.</summary>
    /// <exception cref="InferenceException">One of them is wrong, or asks for what cannot be done.</exception>
    public static GenerationFields Read(RequestFields fields, ModelLease model)
    {
        Unsupported.Refuse(fields);
        fields.Text(Parameters.User);
        CheckMetadata(fields);
        bool stream = fields.Flag(Parameters.Stream) ?? false;
        return new()
        {
            Sampling = SamplingFields.Read(fields, model.Engine.Tokenizer),
            Stop = SamplingFields.Stops(fields),
            StopTokens = fields.Flag(Parameters.IgnoreEos) == true ? new HashSet<int>() : null,
            Choices = fields.Integer(Parameters.N) ?? 1,
            Stream = stream,
            IncludeUsage = ReadIncludeUsage(fields, stream),
            Tier = fields.Text(Parameters.ServiceTier),
            WantsReceipt = fields.Flag(Parameters.ReceiptWanted) ?? false,
            CacheSalt = fields.Text(Parameters.CacheSalt),
        };
    }

    /// <summary>The request for the pipeline; what is asked and how much of it is the caller's to add.</summary>
    public InferenceRequest ToRequest(string operation, IReadOnlyList<IReadOnlyList<int>> prompts, int? maxTokens, int? topLogProbabilities) => new()
    {
        Operation = operation,
        Prompts = prompts,
        MaxTokens = maxTokens,
        Streams = Stream,
        Choices = Choices,
        Sampling = Sampling,
        Stop = Stop,
        StopTokens = StopTokens,
        TopLogProbabilities = topLogProbabilities,
        Class = ClassOf(Tier),
        CacheSalt = CacheSalt,
    };

    /// <summary>What each object of the answer begins with.</summary>
    public AnswerHead Head(string prefix, string type, Inference.Inference inference, string fingerprint) => new(
        prefix + inference.Id, type, inference.Created, inference.Model.Name, fingerprint, Tier is null ? null : TierOf(inference.Class));

    static bool ReadIncludeUsage(RequestFields fields, bool stream)
    {
        const string Name = "stream_options";
        if (fields.Find(Name) is not { } options)
        {
            return false;
        }

        return stream
            ? new RequestFields(options, Name).Flag(Parameters.IncludeUsage) ?? false
            : throw RequestFields.Invalid(Name, "invalid_value", "The 'stream_options' parameter is only allowed when 'stream' is enabled.");
    }

    /// <summary>Labels for the caller's own use: they are checked as OpenAI does, and not kept.</summary>
    static void CheckMetadata(RequestFields fields)
    {
        const string Name = "metadata";
        if (fields.Find(Name) is not { } labels)
        {
            return;
        }

        foreach (JsonProperty label in RequestFields.Properties(labels, Name, 16))
        {
            new RequestFields(labels, Name).Text(Parameter.Text(label.Name, 512, ""));
        }
    }

    static ServiceClass? ClassOf(string? tier) => tier switch
    {
        null or "auto" => null,
        "priority" or "fast" or "realtime" => ServiceClass.Realtime,
        "flex" or "batch" => ServiceClass.Batch,
        _ => ServiceClass.Standard,
    };

    /// <summary>A class as OpenAI names it.</summary>
    static string TierOf(ServiceClass service) => service switch
    {
        ServiceClass.Realtime => "priority",
        ServiceClass.Batch => "flex",
        _ => "default",
    };
}
