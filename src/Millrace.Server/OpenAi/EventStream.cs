using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Millrace.Server.OpenAi;

/// <summary>A response of server-sent events. What is written between two flushes goes out together; while nothing is written a comment now and then keeps proxies from hanging up. The first flush or comment sends the headers, so that until then the request can still be answered otherwise.</summary>
/// <remarks>Events are serialized straight into the connection's buffer: nothing is allocated for one. A client that does not read is Kestrel's to cut off, by its minimum rate.</remarks>
sealed class EventStream : IAsyncDisposable
{
    /// <summary>After so long without an event comes a comment.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    readonly HttpContext _context;
    readonly PipeWriter _body;
    readonly TimeProvider _clock;
    readonly SemaphoreSlim _gate = new(1); // the pipe has one writer at a time: the events' or the comments'
    readonly ITimer _timer;
    bool _held; // by the events
    long _lastWrite;

    /// <summary>Prepares a response.</summary>
    public EventStream(HttpContext context, TimeProvider clock)
    {
        _context = context;
        _clock = clock;
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-cache";
        context.Response.Headers["X-Accel-Buffering"] = "no"; // nginx would wait for a full buffer
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        _body = context.Response.BodyWriter;
        Json = new Utf8JsonWriter(_body, Wire.Json);
        _lastWrite = clock.GetTimestamp();
        _timer = clock.CreateTimer(static stream => _ = ((EventStream)stream!).CommentAsync(), this, Quiet, Quiet);
    }

    /// <summary>Writes the event that has begun.</summary>
    public Utf8JsonWriter Json { get; }

    /// <summary>Whether anything was written: the response can no longer be another.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Whether something waits for <see cref="FlushAsync"/>.</summary>
    public bool IsUnsent => _held;

    /// <summary>To be called before events are written: waits for a comment on its way.</summary>
    public async ValueTask ReserveAsync()
    {
        if (!_held)
        {
            await _gate.WaitAsync(_context.RequestAborted);
            HasBegun = _held = true;
        }
    }

    /// <summary>Begins an event, which is then written to <see cref="Json"/>.</summary>
    public void Begin()
    {
        _body.Write("data: "u8);
        Json.Reset();
    }

    /// <summary>Ends the event.</summary>
    public void End()
    {
        Json.Flush();
        _body.Write("\n\n"u8);
    }

    /// <summary>Writes the event that ends a stream.</summary>
    public void WriteDone() => _body.Write("data: [DONE]\n\n"u8);

    /// <summary>Sends what was written.</summary>
    public async ValueTask FlushAsync()
    {
        try
        {
            await _body.FlushAsync(_context.RequestAborted);
            _lastWrite = _clock.GetTimestamp();
        }
        finally
        {
            _held = false;
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        if (!_held)
        {
            await _gate.WaitAsync(); // a comment may be on its way
        }

        _gate.Dispose();
        Json.Reset(Stream.Null); // disposing flushes, and the response may be over
        await Json.DisposeAsync();
    }

    async Task CommentAsync()
    {
        if (_clock.GetElapsedTime(_lastWrite) < Quiet / 2 || !await TryLockAsync())
        {
            return;
        }

        try
        {
            HasBegun = true;
            _body.Write(": ping\n\n"u8);
            await FlushAsync();
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or InvalidOperationException)
        {
            // The client has gone: whoever reads the answer learns it by the same token.
        }
    }

    async Task<bool> TryLockAsync()
    {
        try
        {
            return await _gate.WaitAsync(TimeSpan.Zero);
        }
        catch (ObjectDisposedException)
        {
            return false; // the last event went out meanwhile
        }
    }
}
