using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Millrace.Server.Inference;
using Millrace.Server.Keys;

namespace Millrace.Server.Hosting;

/// <summary>Lets nobody pass without a key once there is one; only health may be asked by anybody. Guards every path, also those that lead nowhere, so a new route is guarded without being told.</summary>
sealed class KeyGuard(KeyStore keys, WrongKeys wrongKeys)
{
    const int LongestKey = 256;

    /// <summary>What anybody may ask.</summary>
    public static readonly IReadOnlySet<string> OpenPaths = new HashSet<string>(StringComparer.Ordinal) { "/health", "/health/live", "/health/ready" };

    static readonly string[] KeyHeaders = ["x-api-key", "api-key"];

    /// <summary>Notes who asks, or refuses.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (OpenPaths.Contains(context.Request.Path.Value ?? ""))
        {
            await next(context);
            return;
        }

        try
        {
            Caller caller = Identify(context);
            KeyScopes needed = context.GetEndpoint()?.Metadata.GetMetadata<NeededScope>()?.Scope ?? KeyScopes.Inference;
            context.Features.Set((caller.Scopes & needed) == needed
                ? caller with { Disconnect = context.Abort }
                : throw new InferenceException(Refusal.Forbidden, $"This key may not do this: it needs the scope {needed.ToString().ToLowerInvariant()}"));
        }
        catch (InferenceException refusal)
        {
            await RefusalWriter.WriteAsync(context, refusal);
            return;
        }

        await next(context);
    }

    Caller Identify(HttpContext context)
    {
        if (!keys.HasKeys)
        {
            return Caller.Open;
        }

        string? text = KeyOf(context.Request.Headers);
        if (text is { Length: <= LongestKey } && keys.Authenticate(text) is { } key)
        {
            return new Caller(key.Tenant, key);
        }

        // Right keys never come here: a flood of wrong ones from the same address does not touch them.
        TimeSpan? wait = text is null ? null : wrongKeys.Count(context.Connection.RemoteIpAddress);
        if (wait is not null)
        {
            context.Response.Headers.Connection = "close";
            throw new InferenceException(Refusal.RateLimited, "Too many wrong API keys came from this address") { RetryAfter = wait };
        }

        context.Response.Headers.WWWAuthenticate = IsBrowser(context.Request) ? "Basic realm=\"Millrace, API key as password\", charset=\"UTF-8\"" : "Bearer";
        throw new InferenceException(Refusal.Unauthorized, text is null ? "An API key is needed, as 'Authorization: Bearer KEY'" : "The API key is not valid");
    }

    /// <summary>The key of a request; empty where what was sent is none, null where nothing was. Keys in addresses would end up in logs, and are not looked at.</summary>
    static string? KeyOf(IHeaderDictionary headers)
    {
        string? found = null;
        if (headers.Authorization is { Count: > 0 } authorization)
        {
            found = authorization.Count > 1 ? "" : FromAuthorization(authorization.ToString());
        }

        foreach (string name in KeyHeaders)
        {
            if (headers[name] is { Count: > 0 } value)
            {
                string text = value.Count > 1 ? "" : value.ToString();
                found = found is null || found == text ? text : ""; // which of two is meant?
            }
        }

        return found;
    }

    static string FromAuthorization(string header)
    {
        if (header.Length > 2 * LongestKey || !AuthenticationHeaderValue.TryParse(header, out AuthenticationHeaderValue? value) || value.Parameter is null)
        {
            return "";
        }

        return value.Scheme.ToUpperInvariant() switch
        {
            "BEARER" => value.Parameter,
            "BASIC" => Password(value.Parameter),
            _ => "",
        };
    }

    /// <summary>Browsers ask their user for a name and a password: the password is the key.</summary>
    static string Password(string base64)
    {
        byte[] bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out int length) && Encoding.UTF8.GetString(bytes, 0, length).Split(':', 2) is [_, string password] ? password : "";
    }

    static bool IsBrowser(HttpRequest request) => request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
}

/// <summary>What a key must open for an endpoint; inference, where an endpoint does not say.</summary>
sealed record NeededScope(KeyScopes Scope);

/// <summary>Says what endpoints need.</summary>
static class NeededScopes
{
    /// <summary>Asks for a scope.</summary>
    public static TBuilder RequireScope<TBuilder>(this TBuilder builder, KeyScopes scope)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new NeededScope(scope));
}
