using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Millrace.Server.Inference;
using Millrace.Server.Ledger;
using Millrace.Server.Models;

namespace Millrace.Tests.Server.Faults;

/// <summary>Clients that send, or read, as none should; a good one is served meanwhile and after.</summary>
public sealed class HttpAbuseTests : IAsyncLifetime
{
    const string Ask = """{"model":"story","prompt":"Once upon","max_tokens":400,"ignore_eos":true,"stream":true""";

    readonly TestServer _server = new() { Configure = static options => options with { WriteTimeout = TimeSpan.FromSeconds(1), MaxConnections = 60 } };

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        try
        {
            TestReply reply = await _server.PostAsync("/v1/completions", """{"model":"story","prompt":"Once upon","max_tokens":8,"temperature":0}""");
            Assert.Equal(" a time there was a dam of branches"[..8], ((string?)reply.Json["choices"]![0]!["text"])![..8]);
            await IdleAsync();
        }
        finally
        {
            await _server.DisposeAsync();
        }
    }

    [Fact, Trait("Probe", "64")]
    public async Task Headers_that_never_end_are_cut_off()
    {
        using RawConnection connection = await RawConnection.OpenAsync(_server.Address);
        await connection.SendAsync("GET /v1/models HTTP/1.1\r\n");
        Task<string> answer = connection.ReadAllAsync(20);
        for (int i = 0; i < 18 && !answer.IsCompleted; i++)
        {
            await connection.SendAsync("x");
            await Task.WhenAny(answer, Task.Delay(1000, TestContext.Current.CancellationToken));
        }

        Assert.Contains(" 408 ", (await answer).Split('\n')[0], StringComparison.Ordinal);
    }

    [Fact, Trait("Probe", "64")]
    public async Task A_body_that_hardly_comes_is_cut_off()
    {
        using RawConnection connection = await RawConnection.OpenAsync(_server.Address);
        await connection.SendAsync("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{");
        Assert.Contains(" 408 ", (await connection.ReadAllAsync(20)).Split('\n')[0], StringComparison.Ordinal);
    }

    [Fact, Trait("Probe", "65")]
    public async Task A_client_that_never_reads_is_cut_off_and_billed()
    {
        using RawConnection connection = await RawConnection.OpenAsync(_server.Address, receiveBuffer: 4096);
        await PostAsync(connection, Ask + ""","n":16,"logprobs":5}""");
        RunningRequests running = _server.Services.GetRequiredService<RunningRequests>();
        await Until(() => running.Count == 1);
        await IdleAsync();
        Receipt receipt = Assert.Single(Records());
        Assert.InRange(receipt.Outcome.CompletionTokens, 1, (16 * 400) - 1);
        Assert.Contains(receipt.Outcome.Ending, new[] { Ending.Disconnected, Ending.Cancelled });
    }

    [Fact, Trait("Probe", "66")]
    public async Task Connections_are_bounded_and_idle_ones_hurt_nobody()
    {
        List<RawConnection> idle = [];
        for (int i = 0; i < 40; i++)
        {
            idle.Add(await RawConnection.OpenAsync(_server.Address));
        }

        Assert.Equal(System.Net.HttpStatusCode.OK, (await _server.GetAsync("/health")).Status);
        for (int i = 0; i < 40; i++)
        {
            idle.Add(await RawConnection.OpenAsync(_server.Address));
        }

        string last = await idle[^1].ReadAllAsync(10); // beyond the bound: closed at once
        Assert.True(last is "" or "<reset>", last);
        idle.ForEach(connection => connection.Dispose());
        await Task.Delay(200, TestContext.Current.CancellationToken);
    }

    public static TheoryData<string, string, string> Malformed => new()
    {
        { "30 MB and a byte", "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 30000001\r\n\r\n{", "413" },
        { "101 headers", $"GET /v1/models HTTP/1.1\r\nHost: localhost\r\n{string.Concat(Enumerable.Range(0, 101).Select(i => $"a{i}: b\r\n"))}\r\n", "431" },
        { "33 KB of headers", $"GET /v1/models HTTP/1.1\r\nHost: localhost\r\n{string.Concat(Enumerable.Range(0, 33).Select(i => $"a{i}: {new string('b', 1000)}\r\n"))}\r\n", "431" },
        { "9 KB of address", $"GET /v1/{new string('m', 9000)} HTTP/1.1\r\nHost: localhost\r\n\r\n", "414" },
        { "a bare LF in a chunk", "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n", "400" },
        { "a chunk extension with LF", "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2;a\nb\r\n{}\r\n0\r\n\r\n", "400" },
        { "a chunk of no size", "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", "400" },
        { "no host", "GET /v1/models HTTP/1.1\r\n\r\n", "400" },
        { "two hosts", "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", "400" },
        { "two lengths", "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "400" },
        { "HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400" },
        { "no HTTP", "\u0016\u0003\u0001\u0002\u0000\u0001\r\n\r\n", "400" },
    };

    [Theory, Trait("Probe", "67 68 69")]
    [MemberData(nameof(Malformed))]
    public async Task What_no_client_sends_is_refused(string what, string request, string status)
    {
        using RawConnection connection = await RawConnection.OpenAsync(_server.Address);
        await connection.SendAsync(request);
        string answer = await connection.ReadAllAsync(8);
        Assert.True(answer.StartsWith($"HTTP/1.1 {status} ", StringComparison.Ordinal) || (what == "HTTP/2" && !answer.StartsWith("HTTP/1.1 2", StringComparison.Ordinal)), $"{what}: {answer}");
    }

    [Fact, Trait("Probe", "68")]
    public async Task A_length_beside_chunks_smuggles_no_second_request()
    {
        using RawConnection connection = await RawConnection.OpenAsync(_server.Address);
        await connection.SendAsync("POST /tokenize HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        string answer = await connection.ReadAllAsync(8);
        // The chunks alone count, as RFC 9112 wants where it is not refused: the body is empty, and what follows is a request of the same client.
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.True(answer.Split("HTTP/1.1 ").Length <= 3, answer);
    }

    [Fact, Trait("Probe", "68")]
    public async Task Chunks_of_one_byte_and_requests_in_one_piece_are_served_in_order()
    {
        using RawConnection connection = await RawConnection.OpenAsync(_server.Address);
        string body = """{"model":"story","prompt":"Once upon","max_tokens":2}""";
        string chunked = string.Concat(body.Select(character => $"1\r\n{character}\r\n"));
        await connection.SendAsync(
            $"POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{chunked}0\r\n\r\n" +
            "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        string answer = await connection.ReadAllAsync();
        Assert.Equal(["200", "200", "404"], answer.Split("HTTP/1.1 ")[1..].Select(part => part[..3]));
    }

    [Theory, Trait("Probe", "70")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_goes_in_the_middle_is_billed_for_what_it_got(bool reset)
    {
        using RawConnection connection = await RawConnection.OpenAsync(_server.Address);
        await PostAsync(connection, Ask + ""","n":8}""");
        byte[] buffer = new byte[400];
        await connection.Socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
        if (reset)
        {
            connection.Reset();
        }
        else
        {
            connection.Socket.Shutdown(SocketShutdown.Send); // half-closed: it may read on, or be taken for gone
            await connection.ReadAllAsync();
        }

        await IdleAsync();
        Receipt receipt = Assert.Single(Records());
        Assert.InRange(receipt.Outcome.CompletionTokens, 1, 8 * 400);
    }

    [Fact]
    public async Task A_stream_with_long_gaps_is_not_cut()
    {
        // Kestrel's least rate, 240 bytes a second after 5 seconds, counts only while there is something to write.
        (await _server.PostAsync("/v1/completions", """{"model":"story","prompt":"Once","max_tokens":1}""")).Json.AsObject(); // loaded, and the next is not
        FakeDevice device = new();
        device.BeforeStep = static (step, _) => Thread.Sleep(step == 3 ? 7000 : 0);
        _server.Services.GetRequiredService<ModelRegistry>().LoadEngine = (_, _, _) => device.Start(tokenizer: Inference.PipelineBench.Tokenizer);
        TestReply reply = await _server.PostAsync("/v1/completions", """{"model":"millrace/story:f16","prompt":[5,6,7],"max_tokens":6,"ignore_eos":true,"stream":true}""");
        Assert.Equal("length", (string?)reply.Chunks[^1]["choices"]![0]!["finish_reason"]);
    }

    static Task PostAsync(RawConnection connection, string body) => connection.SendAsync(
        $"POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");

    IReadOnlyList<Receipt> Records()
    {
        using LedgerReader reader = LedgerReader.Open(_server.Services.GetRequiredService<UsageLedger>().Path);
        return reader.Records();
    }

    Task IdleAsync() => Until(() => _server.Services.GetRequiredService<RunningRequests>().Count == 0 && _server.Services.GetRequiredService<UsageLedger>().OpenCount == 0);

    static async Task Until(Func<bool> condition)
    {
        long begin = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begin).TotalSeconds < 20);
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}
