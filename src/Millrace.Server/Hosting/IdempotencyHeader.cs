using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Millrace.Server.Inference;
using Millrace.Server.Ledger;

namespace Millrace.Server.Hosting;

/// <summary>Notes the <c>Idempotency-Key</c> of a request, with a hash of what it asks: method, path and body.</summary>
static class IdempotencyHeader
{
    const string Name = "Idempotency-Key";
    const int Longest = 255;

    /// <summary>Reads the header, where there is one, and the body with it.</summary>
    public static async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (!HttpMethods.IsPost(context.Request.Method) || context.Request.Headers[Name] is not { Count: > 0 } header || context.Features.Get<Caller>() is not { } caller)
        {
            await next(context);
            return;
        }

        try
        {
            string key = header.Count == 1 ? header.ToString() : "";
            if (key.Length is 0 or > Longest || key.Any(static character => character is < '!' or > '~'))
            {
                throw new InferenceException(Refusal.Invalid, $"The header must be once there, with 1 to {Longest} visible ASCII characters") { Parameter = Name };
            }

            MemoryStream body = new();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            context.Request.Body = body;
            context.Features.Set(caller with { Idempotency = new(key, HashOf(context.Request, body)) });
        }
        catch (Exception exception) when (exception is InferenceException or BadHttpRequestException)
        {
            await RefusalWriter.WriteAsync(context, exception);
            return;
        }

        await next(context);
    }

    static string HashOf(HttpRequest request, MemoryStream body)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method} {request.Path.Value}\n"));
        hash.AppendData(body.GetBuffer().AsSpan(0, (int)body.Length));
        body.Position = 0;
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
