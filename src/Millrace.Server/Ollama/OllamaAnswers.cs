using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Millrace.Server.Inference;
using Millrace.Server.Models;
using Millrace.Server.OpenAi;

namespace Millrace.Server.Ollama;

/// <summary>When a request came, and how long its model took to be there.</summary>
readonly record struct AnswerClock(long Begin, TimeSpan Load);

/// <summary>Sends answers: whole, or as lines of JSON, the last of which has the figures.</summary>
sealed partial class OllamaAnswers(TimeProvider clock, ILogger<OllamaAnswers> log)
{
    /// <summary>Answers a request that only loaded or unloaded a model.</summary>
    public Task SendEmptyAsync(HttpContext context, OllamaRequest request, Action<Utf8JsonWriter, string> writeText, string reason) => OllamaApi.WriteAsync(context, json =>
    {
        WriteHead(json, request);
        writeText(json, "");
        json.WriteString("done_reason"u8, reason);
        json.WriteBoolean("done"u8, true);
    });

    /// <summary>Starts a generation and sends its answer.</summary>
    /// <exception cref="InferenceException">It is refused.</exception>
    public async Task SendAsync(
        HttpContext context, OllamaRequest request, string operation, ModelLease model, List<int> prompt, AnswerClock times, Action<Utf8JsonWriter, string> writeText, InferencePipeline pipeline)
    {
        InferenceRequest generation = new()
        {
            Operation = operation,
            Prompts = [prompt],
            MaxTokens = OllamaOptions.MaxTokens(request.Options, model.Engine, prompt.Count),
            Sampling = OllamaOptions.Sampling(request.Options),
            Stop = OllamaOptions.Stops(request.Options),
            Streams = request.Stream,
        };
        await using Inference.Inference inference = await pipeline.StartAsync(context.Caller, model, generation, context.RequestAborted);
        await (request.Stream ? SendLinesAsync(context, request, inference, times, writeText) : SendWholeAsync(context, request, inference, times, writeText));
    }

    async Task SendWholeAsync(HttpContext context, OllamaRequest request, Inference.Inference inference, AnswerClock times, Action<Utf8JsonWriter, string> writeText)
    {
        StringBuilder text = new();
        FinishReason? reason = null;
        await foreach (InferenceEvent piece in inference.ReadAsync(context.RequestAborted))
        {
            text.Append(piece.Text);
            reason = ReasonOf(piece) ?? reason;
        }

        await OllamaApi.WriteAsync(context, json => WriteEnd(json, request, inference, times, writeText, text.ToString(), reason));
    }

    async Task SendLinesAsync(HttpContext context, OllamaRequest request, Inference.Inference inference, AnswerClock times, Action<Utf8JsonWriter, string> writeText)
    {
        context.Response.ContentType = "application/x-ndjson";
        context.Response.Headers["X-Accel-Buffering"] = "no"; // nginx would wait for a full buffer
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        bool begun = false;
        long tokens = 0;
        await using Utf8JsonWriter json = new(context.Response.BodyWriter, OllamaApi.Relaxed);
        try
        {
            await using IAsyncEnumerator<InferenceEvent> events = inference.ReadAsync(context.RequestAborted).GetAsyncEnumerator(context.RequestAborted);
            while (true)
            {
                if (begun && inference.IsMarkDue(tokens))
                {
                    await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
                }

                // What is there already goes out in one piece with what comes before it.
                ValueTask<bool> next = events.MoveNextAsync();
                if (!next.IsCompleted && begun)
                {
                    await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
                }

                if (!await next)
                {
                    break;
                }

                InferenceEvent piece = events.Current;
                tokens += piece.Token is null ? 0 : 1;
                FinishReason? reason = ReasonOf(piece);
                if (reason is not null)
                {
                    begun = true;
                    WriteLine(context, json, () => WriteEnd(json, request, inference, times, writeText, piece.Text, reason));
                }
                else if (piece.Text.Length > 0)
                {
                    begun = true;
                    WriteLine(context, json, () =>
                    {
                        WriteHead(json, request);
                        writeText(json, piece.Text);
                        json.WriteBoolean("done"u8, false);
                    });
                }
            }
        }
        catch (Exception error) when (begun && !context.RequestAborted.IsCancellationRequested)
        {
            LogBroken(error, inference.Id);
            json.Reset();
            OllamaError.Of(error).Write(json);
            context.Response.BodyWriter.Write("\n"u8);
        }

        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    static FinishReason? ReasonOf(in InferenceEvent piece) => piece.FinishReason == FinishReason.Cancelled
        ? throw new InferenceException(Refusal.Unavailable, "the server has ended the answer early")
        : piece.FinishReason;

    static void WriteLine(HttpContext context, Utf8JsonWriter json, Action write)
    {
        json.Reset();
        json.WriteStartObject();
        write();
        json.WriteEndObject();
        json.Flush();
        context.Response.BodyWriter.Write("\n"u8);
    }

    void WriteHead(Utf8JsonWriter json, OllamaRequest request)
    {
        json.WriteString("model"u8, request.Model);
        json.WriteString("created_at"u8, clock.GetUtcNow().UtcDateTime);
    }

    void WriteEnd(
        Utf8JsonWriter json, OllamaRequest request, Inference.Inference inference, AnswerClock times, Action<Utf8JsonWriter, string> writeText, string text, FinishReason? reason)
    {
        (Usage usage, Timings timings) = (inference.Usage, inference.Timings);
        WriteHead(json, request);
        writeText(json, text);
        json.WriteString("done_reason"u8, reason == FinishReason.Length ? "length"u8 : "stop"u8);
        json.WriteBoolean("done"u8, true);
        json.WriteNumber("total_duration"u8, Nanoseconds(clock.GetElapsedTime(times.Begin)));
        json.WriteNumber("load_duration"u8, Nanoseconds(times.Load));
        json.WriteNumber("prompt_eval_count"u8, usage.PromptTokens);
        json.WriteNumber("prompt_eval_duration"u8, Nanoseconds(timings.FirstToken - timings.Queued));
        json.WriteNumber("eval_count"u8, usage.CompletionTokens);
        json.WriteNumber("eval_duration"u8, Nanoseconds(timings.Total - timings.FirstToken));
    }

    /// <summary>A time as Ollama writes it.</summary>
    public static long Nanoseconds(TimeSpan time) => time.Ticks * TimeSpan.NanosecondsPerTick;

    [LoggerMessage(Level = LogLevel.Error, Message = "The answer to request {Id} broke off")]
    partial void LogBroken(Exception error, string id);
}
