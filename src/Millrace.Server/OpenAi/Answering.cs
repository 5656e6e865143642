using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Millrace.Server.Hosting;
using Millrace.Server.Inference;
using Millrace.Server.Models;

namespace Millrace.Server.OpenAi;

/// <summary>Has requests answered, and sends the answers: whole, or as a stream of server-sent events.</summary>
sealed partial class Answering(InferencePipeline pipeline, ServerOptions options, ILogger<Answering> log)
{
    const string ReceiptHeader = "X-Millrace-Receipt";

    /// <summary>Starts a request and sends its answers.</summary>
    /// <param name="context">Where the request came from.</param>
    /// <param name="model">What answers.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="field">The field that is too long where the prompt is.</param>
    /// <param name="format">How the answers of a started request are written.</param>
    /// <param name="generation">Whether they are sent as they come, and with their bill.</param>
    /// <exception cref="InferenceException">The request is refused.</exception>
    public async Task RunAsync(
        HttpContext context, ModelLease model, InferenceRequest request, string field, Func<Inference.Inference, AnswerFormat> format, GenerationFields generation)
    {
        await using Inference.Inference inference = await StartAsync(context, model, request, field);
        context.RequestId = inference.Id;
        bool receipt = generation.WantsReceipt || HasReceiptHeader(context);
        void WriteExtra(Utf8JsonWriter json)
        {
            Wire.WriteTimings(json, inference.Usage, inference.Timings);
            if (receipt && inference.Receipt is { } bill)
            {
                Wire.WriteReceipt(json, bill, options.Prices.Currency);
            }
        }

        await (generation.Stream
            ? SendStreamAsync(context, inference, format(inference), WriteExtra)
            : SendWholeAsync(context, inference, format(inference), WriteExtra));
    }

    /// <summary>Whether the answer shall carry its bill, by a header.</summary>
    public static bool HasReceiptHeader(HttpContext context) => context.Request.Headers[ReceiptHeader].ToString().Equals("true", StringComparison.OrdinalIgnoreCase);

    async Task<Inference.Inference> StartAsync(HttpContext context, ModelLease model, InferenceRequest request, string field)
    {
        try
        {
            return await pipeline.StartAsync(context.Caller, model, request, context.RequestAborted);
        }
        catch (InferenceException refused) when (refused is { Refusal: Refusal.ContextLength, Parameter: null })
        {
            throw new InferenceException(refused.Refusal, refused.Message) { Parameter = field };
        }
    }

    /// <summary>Collects the answers and sends them as one object.</summary>
    static async Task SendWholeAsync(HttpContext context, Inference.Inference inference, AnswerFormat format, Action<Utf8JsonWriter> extra)
    {
        Choice[] choices = new Choice[format.Choices];
        for (int i = 0; i < choices.Length; i++)
        {
            choices[i] = new();
        }

        await foreach (InferenceEvent piece in inference.ReadAsync(context.RequestAborted))
        {
            Choice choice = choices[piece.Choice];
            choice.Text.Append(piece.Text);
            if (piece.Token is { LogProbabilities: not null } token)
            {
                choice.Tokens.Add(token);
            }

            choice.FinishReason = End(piece) ?? choice.FinishReason;
        }

        await Wire.SendAsync(context, json => format.WriteWhole(json, choices, inference.Usage, extra));
    }

    /// <summary>Sends the answers as they come. What fails before anything was sent is thrown; afterwards it is the stream's last event.</summary>
    async Task SendStreamAsync(HttpContext context, Inference.Inference inference, AnswerFormat format, Action<Utf8JsonWriter> extra)
    {
        await using EventStream stream = new(context, options.TimeProvider);
        try
        {
            await CopyAsync(inference, format, stream, extra, context.RequestAborted);
        }
        catch (Exception error) when (stream.HasBegun && !context.RequestAborted.IsCancellationRequested)
        {
            LogBroken(error, inference.Id);
            await stream.ReserveAsync();
            stream.Begin();
            OpenAiError.Of(error).Write(stream.Json);
            stream.End();
            await stream.FlushAsync();
        }
    }

    static async Task CopyAsync(Inference.Inference inference, AnswerFormat format, EventStream stream, Action<Utf8JsonWriter> extra, CancellationToken cancellationToken)
    {
        int open = format.Choices;
        long tokens = 0;
        InferenceEvent last = default;
        await using IAsyncEnumerator<InferenceEvent> events = inference.ReadAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            if (stream.IsUnsent && inference.IsMarkDue(tokens))
            {
                await stream.FlushAsync();
            }

            // What is there already goes out in one piece with what comes before it.
            ValueTask<bool> next = events.MoveNextAsync();
            if (!next.IsCompleted && stream.IsUnsent)
            {
                await stream.FlushAsync();
            }

            if (!await next)
            {
                break;
            }

            await stream.ReserveAsync();
            InferenceEvent piece = events.Current;
            tokens += piece.Token is null ? 0 : 1;
            bool ends = End(piece) is not null;
            if (!ends || piece.Text.Length > 0)
            {
                format.WritePiece(stream, piece);
            }

            if (ends && --open == 0)
            {
                last = piece; // the bill it carries is complete when all has been read
            }
            else if (ends)
            {
                format.WriteEnd(stream, piece, null);
            }
        }

        await stream.ReserveAsync();
        format.WriteEnd(stream, last, extra);
        format.WriteUsage(stream, inference.Usage);
        stream.WriteDone();
        await stream.FlushAsync();
    }

    /// <summary>Why a choice ended, in its last event.</summary>
    /// <exception cref="InferenceException">The server ended it.</exception>
    static FinishReason? End(in InferenceEvent piece) => piece.FinishReason switch
    {
        FinishReason.Cancelled => throw new InferenceException(Refusal.Unavailable, "The server is shutting down."),
        FinishReason.Deadline => throw new InferenceException(Refusal.Deadline, "The request's time was over before its answer."),
        var reason => reason,
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "A stream broke: {Request}")]
    partial void LogBroken(Exception error, string request);
}
