using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Millrace.Tests.Server;

/// <summary>What a client saw of an answer, as far as it came.</summary>
/// <param name="Status">The status.</param>
/// <param name="Id">The server's id of the request; null where nothing came.</param>
/// <param name="Pieces">Pieces, each of one token.</param>
/// <param name="Usage">Completion tokens that the end says were used; null where the end did not come.</param>
/// <param name="Error">The error event, or null.</param>
/// <param name="RetryAfter">When to try again.</param>
sealed record StreamedAnswer(HttpStatusCode Status, string? Id, int Pieces, int? Usage, string? Error, RetryConditionHeaderValue? RetryAfter)
{
    /// <summary>Whether the end came, which says what was used.</summary>
    public bool IsWhole => Usage is not null;

    /// <summary>Asks for tokens and reads until the end or until the connection breaks. With their probabilities, every token comes in a piece of its own. Unless it is streamed, all or nothing comes.</summary>
    public static async Task<StreamedAnswer> ReadAsync(HttpClient http, int maxTokens, int seed = 0, Action<int>? onPiece = null, bool stream = true, string? idempotencyKey = null)
    {
        JsonObject body = new()
        {
            ["model"] = "story", ["prompt"] = "Once upon a time", ["max_tokens"] = maxTokens, ["ignore_eos"] = true, ["seed"] = seed, ["logprobs"] = 0,
            ["stream"] = stream, ["stream_options"] = stream ? new JsonObject { ["include_usage"] = true } : null,
        };
        StreamedAnswer answer = new(0, null, 0, null, null, null);
        try
        {
            using HttpRequestMessage request = new(HttpMethod.Post, "v1/completions") { Content = JsonContent.Create(body) };
            if (idempotencyKey is not null)
            {
                request.Headers.Add("Idempotency-Key", idempotencyKey);
            }

            using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            answer = answer with { Status = response.StatusCode, RetryAfter = response.Headers.RetryAfter, Id = response.Headers.TryGetValues("x-request-id", out IEnumerable<string>? ids) ? ids.First() : null };
            using StreamReader reader = new(await response.Content.ReadAsStreamAsync());
            while (await reader.ReadLineAsync() is { } line)
            {
                answer = answer.With(line);
                onPiece?.Invoke(answer.Pieces);
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or SocketException)
        {
            // The server is gone.
        }

        return answer;
    }

    StreamedAnswer With(string line)
    {
        int begin = line.IndexOf('{', StringComparison.Ordinal);
        if (begin < 0)
        {
            return this;
        }

        JsonNode data = JsonNode.Parse(line[begin..])!;
        return data["error"] is { } error ? this with { Error = (string?)error["message"] }
            : data["usage"] is { } usage ? this with { Usage = (int)usage["completion_tokens"]! }
            : data["choices"] is JsonArray { Count: > 0 } choices && choices[0]!["logprobs"] is not null ? this with { Pieces = Pieces + 1 }
            : this;
    }
}
