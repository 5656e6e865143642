using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Millrace.Server.Hosting;
using Millrace.Server.Inference;
using Millrace.Server.Models;

namespace Millrace.Server.Ollama;

/// <summary><c>POST /api/generate</c>.</summary>
sealed class GenerateEndpoint(OllamaModels models, InferencePipeline pipeline, OllamaAnswers answers, TimeProvider clock)
{
    static readonly Parameter Prompt = Parameter.Text("prompt", int.MaxValue, "What is asked.");
    static readonly Parameter System = Parameter.Text("system", int.MaxValue, "What is said before it.");
    static readonly Parameter Raw = Parameter.Flag("raw", "Whether the prompt is the whole prompt, control tokens and all.");

    /// <summary>Answers a request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        long begin = clock.GetTimestamp();
        using JsonDocument body = await RequestBody.ReadAsync(context, anyType: true);
        RequestFields fields = new(body.RootElement);
        OllamaRequest request = OllamaRequest.Read(fields);
        string prompt = fields.Text(Prompt) ?? "";
        string system = fields.Text(System) ?? "";
        bool raw = fields.Flag(Raw) ?? false;
        if (prompt.Length == 0)
        {
            string reason = await models.LoadOrUnloadAsync(request, context);
            await answers.SendEmptyAsync(context, request, WriteText, reason);
            return;
        }

        if (raw && system.Length > 0)
        {
            throw RequestFields.Invalid("system", "invalid_parameter_combination", "raw mode does not support template, system, or context");
        }

        using ModelLease model = await models.AcquireAsync(request, context);
        TimeSpan load = clock.GetElapsedTime(begin);
        await answers.SendAsync(context, request, "text_completion", model, Encode(model.Engine, prompt, system, raw), new AnswerClock(begin, load), WriteText, pipeline);
    }

    List<int> Encode(Engine engine, string prompt, string system, bool raw)
    {
        if (raw)
        {
            return engine.Tokenizer.Encode(prompt, addSpecial: true, parseSpecial: true);
        }

        return engine.ChatFormat is null && system.Length == 0
            ? engine.Tokenizer.Encode(prompt)
            : OllamaPrompt.Encode(engine, system.Length > 0 ? [("system", system), ("user", prompt)] : [("user", prompt)], clock.GetLocalNow().DateTime);
    }

    static void WriteText(Utf8JsonWriter json, string text) => json.WriteString("response"u8, text);
}
