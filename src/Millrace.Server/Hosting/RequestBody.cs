using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Millrace.Server.Inference;

namespace Millrace.Server.Hosting;

/// <summary>Reads the JSON of a request: UTF-8, no deeper than 64, no property twice, one object.</summary>
static class RequestBody
{
    static readonly JsonDocumentOptions Strict = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    /// <summary>The body's object; the caller disposes it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="anyType">Whether the content type need not be JSON's, as with clients that leave it to <c>curl -d</c>; a browser says where it comes from and gets no such grace.</param>
    /// <exception cref="InferenceException">It is not what it must be.</exception>
    /// <exception cref="BadHttpRequestException">It is too large, or broke off.</exception>
    public static async Task<JsonDocument> ReadAsync(HttpContext context, bool anyType = false)
    {
        if (!context.Request.HasJsonContentType() && (!anyType || context.Request.Headers.ContainsKey("Origin")))
        {
            // A web page of another origin can send any other type without asking first.
            throw new InferenceException(Refusal.MediaType, "The request's content type must be application/json.");
        }

        if (context.Request.Headers.ContentEncoding is { Count: > 0 } encoding && !encoding.Equals("identity"))
        {
            throw new InferenceException(Refusal.MediaType, "The request's body must not be compressed.");
        }

        PipeReader reader = context.Request.BodyReader;
        ReadResult read = await reader.ReadAsync(context.RequestAborted);
        while (!read.IsCompleted)
        {
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            read = await reader.ReadAsync(context.RequestAborted);
        }

        byte[] utf8 = read.Buffer.ToArray(); // the document refers to it for as long as it lives
        reader.AdvanceTo(read.Buffer.End);
        return Parse(utf8);
    }

    /// <summary>Parses a body.</summary>
    /// <exception cref="InferenceException">It is not what it must be.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> utf8)
    {
        if (!Utf8.IsValid(utf8.Span))
        {
            throw Malformed("it is not UTF-8");
        }

        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(utf8, Strict);
        }
        catch (JsonException error)
        {
            throw Malformed(error.LineNumber is { } line ? $"line {line + 1}, byte {error.BytePositionInLine + 1}" : "a property stands in it twice");
        }
        catch (InvalidOperationException)
        {
            throw Malformed("the name of a property is not Unicode"); // a lone surrogate
        }

        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            document.Dispose();
            throw Malformed("it is not an object");
        }

        return document;
    }

    static InferenceException Malformed(string why) => new(Refusal.Invalid, $"We could not parse the JSON body of your request: {why}.");
}
