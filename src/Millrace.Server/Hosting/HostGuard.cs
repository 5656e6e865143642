using System.Net;
using Microsoft.AspNetCore.Http;

namespace Millrace.Server.Hosting;

/// <summary>Keeps web pages of other origins out. A page can make a browser ask any address, this machine's own too, and by naming it as it likes (DNS rebinding) read the answer; but the browser says by what name, and for which page.</summary>
sealed class HostGuard(ServerOptions options)
{
    static readonly string[] LoopbackNames = ["localhost", "127.0.0.1", "[::1]"];

    readonly HashSet<string>? _hosts = options.AllowedHosts.Count > 0 ? new(options.AllowedHosts, StringComparer.OrdinalIgnoreCase)
        : options.IsLoopback ? new([.. LoopbackNames, options.Host], StringComparer.OrdinalIgnoreCase)
        : null; // reached under names that only its operator knows

    readonly HashSet<string> _origins = new(options.AllowedOrigins, StringComparer.OrdinalIgnoreCase);

    /// <summary>Passes on what may come in.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        HttpRequest request = context.Request;
        if (_hosts is not null && !_hosts.Contains(request.Host.Host))
        {
            await RefuseAsync(context, "This server does not answer to that host name; see the option for allowed hosts");
        }
        else if (request.Headers.Origin is { Count: > 0 } origin && !IsAllowed(origin.ToString(), request))
        {
            await RefuseAsync(context, "Pages of that origin may not use this server; see the option for allowed origins");
        }
        else
        {
            await next(context);
        }
    }

    bool IsAllowed(string origin, HttpRequest request) =>
        origin == $"{request.Scheme}://{request.Host.Value}" || _origins.Contains(origin) || _origins.Contains("*");

    static Task RefuseAsync(HttpContext context, string message)
    {
        context.Response.StatusCode = (int)HttpStatusCode.Forbidden;
        context.Response.ContentType = "text/plain";
        return context.Response.WriteAsync(message, context.RequestAborted);
    }
}
