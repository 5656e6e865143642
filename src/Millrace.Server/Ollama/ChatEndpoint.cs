using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Millrace.Server.Hosting;
using Millrace.Server.Inference;
using Millrace.Server.Models;
using Millrace.Server.OpenAi;

namespace Millrace.Server.Ollama;

/// <summary><c>POST /api/chat</c>.</summary>
sealed class ChatEndpoint(OllamaModels models, InferencePipeline pipeline, OllamaAnswers answers, TimeProvider clock)
{
    /// <summary>Answers a request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        long begin = clock.GetTimestamp();
        using JsonDocument body = await RequestBody.ReadAsync(context, anyType: true);
        RequestFields fields = new(body.RootElement);
        OllamaRequest request = OllamaRequest.Read(fields);
        if (fields.Find("messages") is not { } messages || (messages.ValueKind == JsonValueKind.Array && messages.GetArrayLength() == 0))
        {
            string reason = await models.LoadOrUnloadAsync(request, context);
            await answers.SendEmptyAsync(context, request, WriteText, reason);
            return;
        }

        List<(string, string)> turns = OllamaPrompt.Turns(messages);
        using ModelLease model = await models.AcquireAsync(request, context);
        TimeSpan load = clock.GetElapsedTime(begin);
        List<int> prompt = OllamaPrompt.Encode(model.Engine, turns, clock.GetLocalNow().DateTime);
        await answers.SendAsync(context, request, "chat", model, prompt, new AnswerClock(begin, load), WriteText, pipeline);
    }

    static void WriteText(Utf8JsonWriter json, string text)
    {
        json.WriteStartObject("message"u8);
        json.WriteString("role"u8, "assistant"u8);
        json.WriteString("content"u8, text);
        json.WriteEndObject();
    }
}
