using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace Millrace.Server.Page;

/// <summary>The page at <c>/</c>: a chat and a dashboard, from files inside this assembly. It loads nothing from elsewhere.</summary>
public static class PageEndpoints
{
    // Scripts and styles from here alone: what a model writes can run nothing, and call nobody.
    const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    static readonly FrozenDictionary<string, string> Types = new Dictionary<string, string>
    {
        [".html"] = "text/html; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".svg"] = "image/svg+xml",
    }.ToFrozenDictionary();

    /// <summary>Adds the page's routes.</summary>
    public static void MapPage(this IEndpointRouteBuilder routes)
    {
        Assembly assembly = typeof(PageEndpoints).Assembly;
        foreach (string resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith("page/", StringComparison.Ordinal)))
        {
            using Stream stream = assembly.GetManifestResourceStream(resource)!;
            byte[] content = new byte[stream.Length];
            stream.ReadExactly(content);
            string name = resource["page/".Length..];
            Map(routes, name == "index.html" ? "/" : "/" + name, content, Types[Path.GetExtension(name)]);
        }
    }

    static void Map(IEndpointRouteBuilder routes, string path, byte[] content, string type)
    {
        EntityTagHeaderValue tag = new($"\"{Convert.ToHexStringLower(SHA256.HashData(content)[..8])}\"");
        routes.MapGet(path, (HttpContext context) =>
        {
            if (path == "/" && !context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase))
            {
                return Results.Text("Ollama is running"); // how Ollama's clients look whether it is there
            }

            context.Response.Headers.ContentSecurityPolicy = Policy;
            context.Response.Headers.XContentTypeOptions = "nosniff";
            context.Response.Headers.CacheControl = "no-cache"; // asks each time; unchanged files are not sent again
            return Results.Bytes(content, type, entityTag: tag);
        }).ExcludeFromDescription();
    }
}
