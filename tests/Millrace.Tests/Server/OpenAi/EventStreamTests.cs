using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Millrace.Server.Inference;
using Millrace.Server.OpenAi;

namespace Millrace.Tests.Server.OpenAi;

public sealed class EventStreamTests : IDisposable
{
    readonly FakeTimeProvider _clock = new();
    readonly MemoryStream _sent = new();
    readonly DefaultHttpContext _context = new();

    public EventStreamTests() => _context.Response.Body = _sent;

    public void Dispose() => _sent.Dispose();

    [Fact]
    public async Task While_nothing_comes_a_comment_is_sent_every_ten_seconds()
    {
        await using EventStream stream = new(_context, _clock);
        Assert.False(stream.HasBegun);
        _clock.Advance(EventStream.Quiet - TimeSpan.FromMilliseconds(1));
        Assert.Equal("", Sent);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(": ping\n\n", Sent);
        Assert.True(stream.HasBegun);
        _clock.Advance(EventStream.Quiet);
        Assert.Equal(": ping\n\n: ping\n\n", Sent);
    }

    [Fact]
    public async Task An_event_takes_the_place_of_a_comment()
    {
        await using EventStream stream = new(_context, _clock);
        _clock.Advance(TimeSpan.FromSeconds(9));
        await SendAsync(stream);
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("data: {}\n\n", Sent);
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("data: {}\n\n: ping\n\n", Sent);
    }

    [Fact]
    public async Task No_comment_gets_into_an_event_and_none_comes_after_the_end()
    {
        EventStream stream = new(_context, _clock);
        await stream.ReserveAsync();
        stream.Begin();
        stream.Json.WriteStartObject();
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("", Sent);
        stream.Json.WriteEndObject();
        stream.End();
        stream.WriteDone();
        await stream.FlushAsync();
        await stream.DisposeAsync();
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("data: {}\n\ndata: [DONE]\n\n", Sent);
    }

    [Fact]
    public async Task Chunks_allocate_nothing_beside_what_the_connection_does()
    {
        const int Chunks = 1000;
        _context.Response.Body = Stream.Null;
        await using EventStream stream = new(_context, _clock);
        ChatAnswer format = new(new AnswerHead("chatcmpl-1", "chat.completion.chunk", _clock.GetUtcNow(), "story", "fp_1", null), null!, includeUsage: true, 1, logProbs: false);
        async Task<long> AllocatedAsync(Action write)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < Chunks; i++)
            {
                await stream.ReserveAsync();
                write();
                await stream.FlushAsync();
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        void WriteChunk() => format.WritePiece(stream, new InferenceEvent(0, " Wörter", null, null, null));
        await AllocatedAsync(WriteChunk);
        await AllocatedAsync(stream.WriteDone);
        long connection = await AllocatedAsync(stream.WriteDone);
        Assert.InRange(await AllocatedAsync(WriteChunk) - connection, -Chunks, Chunks); // less than an object for each
    }

    string Sent => Encoding.UTF8.GetString(_sent.ToArray());

    static async Task SendAsync(EventStream stream)
    {
        await stream.ReserveAsync();
        stream.Begin();
        stream.Json.WriteStartObject();
        stream.Json.WriteEndObject();
        stream.End();
        await stream.FlushAsync();
    }
}
