using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Millrace.Cli.ServeBench;

/// <summary>The server under load, and what each request to it says beside its prompt.</summary>
sealed record LoadTarget
{
    /// <summary>Where the server is, without <c>/v1</c>.</summary>
    public required Uri BaseUrl { get; init; }

    /// <summary>The model to ask.</summary>
    public string Model { get; init; } = "";

    /// <summary>The bearer token, if any.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Chat completions, or plain completions.</summary>
    public bool Chat { get; init; } = true;

    /// <summary>Asks the server to generate on past the end of an answer, as vLLM, SGLang and llama.cpp's server know to.</summary>
    public bool IgnoreEos { get; init; }

    /// <summary>The service class to ask for.</summary>
    public string? ServiceTier { get; init; }

    /// <summary>Where requests go.</summary>
    public Uri Endpoint => At(Chat ? "v1/chat/completions" : "v1/completions");

    /// <summary>A path of the server.</summary>
    public Uri At(string path) => new(BaseUrl, path);

    /// <summary>Reads an address; one that ends in <c>/v1</c> is taken too.</summary>
    /// <exception cref="UsageException">It is no address of a server.</exception>
    public static Uri ParseBaseUrl(string text)
    {
        string root = text.TrimEnd('/');
        root = root.EndsWith("/v1", StringComparison.Ordinal) ? root[..^3] : root;
        return Uri.TryCreate(root + "/", UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https"
            ? url
            : throw new UsageException($"--base-url: expected http://HOST:PORT, found '{text}'");
    }

    /// <summary>The body of a request.</summary>
    public byte[] Body(string prompt, int outputTokens)
    {
        using MemoryStream body = new(prompt.Length + 256);
        using (Utf8JsonWriter json = new(body))
        {
            json.WriteStartObject();
            json.WriteString("model", Model);
            if (Chat)
            {
                json.WriteStartArray("messages");
                json.WriteStartObject();
                json.WriteString("role", "user");
                json.WriteString("content", prompt);
                json.WriteEndObject();
                json.WriteEndArray();
            }
            else
            {
                json.WriteString("prompt", prompt);
            }

            json.WriteNumber("max_tokens", outputTokens);
            json.WriteNumber("temperature", 0);
            json.WriteBoolean("stream", true);
            json.WriteStartObject("stream_options");
            json.WriteBoolean("include_usage", true);
            json.WriteEndObject();
            if (IgnoreEos)
            {
                json.WriteBoolean("ignore_eos", true);
            }

            if (ServiceTier is not null)
            {
                json.WriteString("service_tier", ServiceTier);
            }

            json.WriteEndObject();
        }

        return body.ToArray();
    }

    /// <summary>A body that asks for the tokens of a text: in llama-server's words and in vLLM's at once, since each passes over the other's.</summary>
    public byte[] TokenizeBody(string text) => Encoding.UTF8.GetBytes(new JsonObject { ["model"] = Model, ["content"] = text, ["prompt"] = text }.ToJsonString());
}
