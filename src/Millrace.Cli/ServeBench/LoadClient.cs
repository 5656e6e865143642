using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Millrace.Cli.ServeBench;

/// <summary>Sends requests and reads their streams.</summary>
sealed class LoadClient : IDisposable
{
    const int MostResent = 3;

    readonly LoadTarget _target;
    readonly HttpClient _http;

    /// <summary>A client with as many connections as there are requests at once: none waits for another's.</summary>
    public LoadClient(LoadTarget target)
    {
        _target = target;
        _http = new HttpClient(new SocketsHttpHandler
        {
            MaxConnectionsPerServer = int.MaxValue,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        if (target.ApiKey is not null)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", target.ApiKey);
        }
    }

    /// <summary>Sends a request and reads its answer to the end. Whatever goes wrong is written down, not thrown.</summary>
    public async Task SendAsync(byte[] body, RequestRecord record, CancellationToken cancellation)
    {
        try
        {
            record.SentAt = record.EndedAt = Stopwatch.GetTimestamp();
            using HttpResponseMessage response = await PostAsync(body, record, cancellation);
            record.Status = (int)response.StatusCode;
            if (response.StatusCode == HttpStatusCode.OK)
            {
                await ReadAsync(response, record, cancellation);
                return;
            }

            record.RetryAfter = RetryAfter(response);
            record.Error = StreamEvent.ErrorOf(await response.Content.ReadAsByteArrayAsync(cancellation));
            record.EndedAt = Stopwatch.GetTimestamp();
        }
        catch (OperationCanceledException)
        {
            Fail(record, "cancelled");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or InvalidDataException or JsonException)
        {
            Fail(record, exception.InnerException is { } inner ? $"{exception.Message} {inner.Message}" : exception.Message);
        }
    }

    /// <summary>Asks for the name of the first model that the server has.</summary>
    /// <exception cref="CommandException">It does not say.</exception>
    public async Task<string> FirstModelAsync(CancellationToken cancellation)
    {
        Uri address = _target.At("v1/models");
        try
        {
            using JsonDocument models = JsonDocument.Parse(await _http.GetByteArrayAsync(address, cancellation));
            return models.RootElement.GetProperty("data")[0].GetProperty("id").GetString()!;
        }
        catch (HttpRequestException exception)
        {
            throw new CommandException($"{address}: {exception.Message}");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or IndexOutOfRangeException)
        {
            throw new CommandException($"{address} names no model: use --model");
        }
    }

    /// <summary>Counts a text's tokens by the server's <c>/tokenize</c>.</summary>
    /// <returns>The count, or null where the server has no such path or wants to be asked otherwise.</returns>
    public async Task<int?> CountTokensAsync(string text, CancellationToken cancellation)
    {
        try
        {
            using ByteArrayContent content = new(_target.TokenizeBody(text));
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using HttpResponseMessage response = await _http.PostAsync(_target.At("tokenize"), content, cancellation);
            if (!response.IsSuccessStatusCode)
            {
                return null;
            }

            using JsonDocument answer = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellation));
            return answer.RootElement.GetProperty("tokens").GetArrayLength();
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }

    public void Dispose() => _http.Dispose();

    // A server may close a connection that waits for its next request at the moment of that request, which it then never reads.
    // Clients send it again, and so does this one.
    async Task<HttpResponseMessage> PostAsync(byte[] body, RequestRecord record, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                using HttpRequestMessage request = new(HttpMethod.Post, _target.Endpoint) { Content = new ByteArrayContent(body) };
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            }
            catch (HttpRequestException exception) when (record.Resent < MostResent && exception.InnerException is IOException)
            {
                record.Resent++;
            }
        }
    }

    static async Task ReadAsync(HttpResponseMessage response, RequestRecord record, CancellationToken cancellation)
    {
        using Stream stream = await response.Content.ReadAsStreamAsync(cancellation);
        SseReader events = new(stream);
        int promptTokens = -1, completionTokens = -1;
        bool ended = false;
        while (!ended && record.Error is null && await events.ReadAsync(cancellation))
        {
            ended = events.Data.SequenceEqual("[DONE]"u8);
            if (!ended)
            {
                Take(events, record, ref promptTokens, ref completionTokens);
            }
        }

        record.Error ??= ended ? null : "the stream broke off";
        record.InputTokens = promptTokens >= 0 ? promptTokens : record.InputTokens;
        record.OutputTokens = completionTokens >= 0 ? completionTokens : record.TextAt.Count;
    }

    static void Take(SseReader events, RequestRecord record, ref int promptTokens, ref int completionTokens)
    {
        StreamEvent read = StreamEvent.Parse(events.Data);
        if (read.HasChoice)
        {
            record.EndedAt = events.ArrivedAt;
        }

        if (read.HasText)
        {
            record.TextAt.Add(events.ArrivedAt);
        }

        promptTokens = Math.Max(promptTokens, read.PromptTokens);
        completionTokens = Math.Max(completionTokens, read.CompletionTokens);
        record.CachedTokens = Math.Max(record.CachedTokens, read.CachedTokens);
        record.Error = read.Error;
    }

    static void Fail(RequestRecord record, string error)
    {
        record.Error = error;
        record.OutputTokens = record.TextAt.Count;
        record.EndedAt = Stopwatch.GetTimestamp();
    }

    static double RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta.TotalSeconds,
        { Date: { } date } => Math.Max(0, (date - DateTimeOffset.UtcNow).TotalSeconds),
        _ => -1,
    };
}
