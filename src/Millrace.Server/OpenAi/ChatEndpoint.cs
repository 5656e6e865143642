using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Millrace.Server.Hosting;
using Millrace.Server.Inference;
using Millrace.Server.Models;

namespace Millrace.Server.OpenAi;

/// <summary><c>POST /v1/chat/completions</c>.</summary>
sealed class ChatEndpoint(ModelRegistry models, ChatPrompt prompts, Fingerprint fingerprints, Answering answering)
{
    /// <summary>Answers a request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        using JsonDocument body = await RequestBody.ReadAsync(context);
        RequestFields fields = new(body.RootElement);
        fields.Require(Parameters.Model.Name);
        using ModelLease model = await models.AcquireAsync(fields.Text(Parameters.Model)!, context.RequestAborted);
        GenerationFields generation = GenerationFields.Read(fields, model);
        int? topLogProbabilities = ReadLogProbs(fields);
        InferenceRequest request = generation.ToRequest("chat", [prompts.Encode(fields, model.Engine)], ReadMaxTokens(fields), topLogProbabilities);
        await answering.RunAsync(context, model, request, "messages", Format, generation);

        ChatAnswer Format(Inference.Inference inference)
        {
            AnswerHead head = generation.Head("chatcmpl-", generation.Stream ? "chat.completion.chunk" : "chat.completion", inference, fingerprints.Of(model));
            return new(head, model.Engine.Tokenizer, generation.IncludeUsage, request.Choices, topLogProbabilities is not null);
        }
    }

    static int? ReadMaxTokens(RequestFields fields)
    {
        int? old = fields.Integer(Parameters.MaxTokens);
        int? current = fields.Integer(Parameters.MaxCompletionTokens);
        return old is null || current is null || old == current
            ? current ?? old
            : throw RequestFields.Invalid("max_tokens", "invalid_parameter_combination", "Setting 'max_tokens' and 'max_completion_tokens' to different values is not supported.");
    }

    static int? ReadLogProbs(RequestFields fields)
    {
        bool wanted = fields.Flag(Parameters.LogProbs) ?? false;
        int? top = fields.Integer(Parameters.TopLogProbs);
        return wanted ? top ?? 0
            : top is null or 0 ? null
            : throw RequestFields.Invalid("top_logprobs", "invalid_parameter_combination", "The 'top_logprobs' parameter is only allowed when 'logprobs' is true.");
    }
}
