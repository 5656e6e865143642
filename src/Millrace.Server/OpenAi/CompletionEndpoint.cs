using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Millrace.Server.Hosting;
using Millrace.Server.Inference;
using Millrace.Server.Models;

namespace Millrace.Server.OpenAi;

/// <summary><c>POST /v1/completions</c>.</summary>
sealed class CompletionEndpoint(ModelRegistry models, Fingerprint fingerprints, Answering answering)
{
    /// <summary>Answers a request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        using JsonDocument body = await RequestBody.ReadAsync(context);
        RequestFields fields = new(body.RootElement);
        fields.Require(Parameters.Model.Name);
        using ModelLease model = await models.AcquireAsync(fields.Text(Parameters.Model)!, context.RequestAborted);
        GenerationFields generation = GenerationFields.Read(fields, model);
        RefuseBestOf(fields, generation.Choices);
        bool echo = fields.Flag(Parameters.Echo) ?? false;
        int? top = fields.Integer(Parameters.CompletionLogProbs);
        IReadOnlyList<TextPrompt> prompts = PromptReader.Read(
            fields, "prompt", model.Engine.Tokenizer, InferencePipeline.MostAnswers, fields.Flag(Parameters.ParseSpecial) ?? false);
        PromptScores? scores = echo && top is { } count ? new(prompts, count) : null;
        if (scores is not null && context.Caller.Idempotency is not null)
        {
            throw RequestFields.NotSupported("echo", "Log-probabilities of the prompt are not kept: 'echo' with 'logprobs' is not supported with an idempotency key.");
        }

        InferenceRequest request = generation.ToRequest(
            "text_completion", [.. prompts.Select(prompt => prompt.Tokens)], fields.Integer(Parameters.CompletionMaxTokens) ?? (int)Parameters.CompletionMaxTokens.Default!, top) with
        {
            PromptLogits = scores is null ? null : scores.Observe,
        };
        await answering.RunAsync(context, model, request, "prompt", Format, generation);

        TextAnswer Format(Inference.Inference inference)
        {
            AnswerHead head = generation.Head("cmpl-", "text_completion", inference, fingerprints.Of(model));
            return new(head, model.Engine.Tokenizer, generation.IncludeUsage, generation.Choices, prompts, echo, top is not null, scores);
        }
    }

    static void RefuseBestOf(RequestFields fields, int choices)
    {
        if (fields.Integer(Parameters.BestOf) is { } bestOf && bestOf != choices)
        {
            throw RequestFields.NotSupported("best_of", "Unsupported parameter: 'best_of' must equal 'n': all answers made are returned.");
        }
    }
}
