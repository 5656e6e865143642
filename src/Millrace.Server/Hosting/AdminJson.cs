using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Millrace.Server.Hosting;

/// <summary>Writes the answers of the server's own routes.</summary>
static class AdminJson
{
    /// <summary>Answers with one object.</summary>
    public static async Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        context.Response.ContentType = "application/json";
        await using Utf8JsonWriter json = new(context.Response.BodyWriter);
        json.WriteStartObject();
        write(json);
        json.WriteEndObject();
    }
}
