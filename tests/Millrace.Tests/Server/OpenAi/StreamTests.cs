using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Millrace.Server.Ledger;
using Millrace.Server.Models;

namespace Millrace.Tests.Server.OpenAi;

public sealed class StreamTests(TestServer server) : IClassFixture<TestServer>
{
    const string Path = "v1/chat/completions";
    const string Ask = "\"model\":\"story\",\"messages\":[{\"role\":\"user\",\"content\":\"Once upon\"}]";

    // Far more than can be made before a client has read the first of it.
    const string Long = $"{{{Ask},\"n\":128,\"max_tokens\":400,\"ignore_eos\":true,\"stream\":true}}";

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, Trait("Probe", "43"), Trait("Probe", "63")]
    [InlineData("\"temperature\":0")]
    [InlineData("\"temperature\":0,\"stop\":[\"mill beside a quiet\",\"mill\",\"mil\"]")]
    [InlineData("\"n\":4,\"seed\":3")]
    [InlineData("\"temperature\":0,\"stop\":[\"quiet river. Ever\",\"zzz\"]")]
    [InlineData("\"n\":2,\"seed\":9,\"logprobs\":true,\"top_logprobs\":3")]
    public async Task The_stream_says_what_the_whole_answer_says(string fields)
    {
        JsonNode whole = (await server.PostAsync(Path, $"{{{Ask},\"max_tokens\":40,{fields}}}")).Json;
        TestReply reply = await server.PostAsync(Path, $"{{{Ask},\"max_tokens\":40,{fields},\"stream\":true,\"stream_options\":{{\"include_usage\":true}}}}");
        IReadOnlyList<JsonNode> chunks = reply.Chunks;
        foreach (JsonNode? choice in whole["choices"]!.AsArray())
        {
            JsonNode[] pieces = [.. chunks.Where(chunk => chunk["choices"]!.AsArray().Count == 1).Select(chunk => chunk["choices"]![0]!).Where(piece => (int)piece["index"]! == (int)choice!["index"]!)];
            Assert.Equal((string)choice!["message"]!["content"]!, string.Concat(pieces.Select(piece => (string?)piece["delta"]!["content"])));
            Assert.Equal("assistant", (string)pieces[0]["delta"]!["role"]!);
            Assert.All(pieces.SkipLast(1), piece => Assert.Null(piece["finish_reason"]));
            Assert.Equal("{}", pieces[^1]["delta"]!.ToJsonString());
            Assert.Equal((string)choice["finish_reason"]!, (string)pieces[^1]["finish_reason"]!);
            Assert.Equal(
                choice["logprobs"]?["content"]!.AsArray().Select(token => token!.ToJsonString()) ?? [],
                pieces.SelectMany(piece => piece["logprobs"]?["content"]!.AsArray().Select(token => token!.ToJsonString()) ?? []));
        }

        Assert.Equal(whole["usage"]!["completion_tokens"]!.ToJsonString(), chunks[^1]["usage"]!["completion_tokens"]!.ToJsonString());
        Assert.Equal(whole["usage"]!["total_tokens"]!.ToJsonString(), chunks[^1]["usage"]!["total_tokens"]!.ToJsonString());
    }

    [Fact, Trait("Probe", "37")]
    public async Task Random_bytes_never_make_half_a_character_in_a_chunk()
    {
        // The tokens of the bytes from 0x80 on, as likely as each other.
        string bias = string.Join(",", Enumerable.Range(128, 128).Select(token => $"\"{token}\":100"));
        string fields = $"\"prompt\":\"Once upon\",\"model\":\"story\",\"max_tokens\":200,\"seed\":5,\"temperature\":2,\"logit_bias\":{{{bias}}}";
        string whole = (string)(await server.PostAsync("v1/completions", $"{{{fields}}}")).Json["choices"]![0]!["text"]!;
        IReadOnlyList<JsonNode> chunks = (await server.PostAsync("v1/completions", $"{{{fields},\"stream\":true}}")).Chunks;
        string[] pieces = [.. chunks.Select(chunk => (string)chunk["choices"]![0]!["text"]!)];
        Assert.Equal(whole, string.Concat(pieces));
        Assert.Contains('\uFFFD', whole);
        Assert.Contains(whole, character => character is > '\u007F' and < '\uD800'); // some of them are characters
        Assert.All(pieces, piece => Assert.DoesNotContain(piece, char.IsSurrogate));
    }

    [Fact]
    public async Task The_beginning_of_a_prompt_is_found_again_by_the_same_salt_alone()
    {
        string text = string.Concat(Enumerable.Repeat("#", 100));
        async Task<int> Cached(string salt) => (int)(await server.PostAsync(
            Path, $"{{\"model\":\"story\",\"max_tokens\":1,\"cache_salt\":\"{salt}\",\"messages\":[{{\"role\":\"user\",\"content\":\"{text}\"}}]}}")).Json["usage"]!["prompt_tokens_details"]!["cached_tokens"]!;
        Assert.Equal(0, await Cached("a"));
        Assert.InRange(await Cached("a"), 64, 105);
        Assert.Equal(0, await Cached("b"));
    }

    [Fact]
    public async Task Without_being_asked_no_chunk_speaks_of_usage()
    {
        TestReply reply = await server.PostAsync(Path, $"{{{Ask},\"max_tokens\":3,\"stream\":true}}");
        Assert.All(reply.Chunks, chunk => Assert.False(chunk.AsObject().ContainsKey("usage")));
        Assert.Equal("length", (string)reply.Chunks[^1]["choices"]![0]!["finish_reason"]!);
        Assert.Equal("no-cache", reply.Headers["Cache-Control"]);
    }

    [Theory]
    [InlineData("receipt", "true", null)]
    [InlineData(null, null, "true")]
    public async Task The_last_chunk_and_the_whole_answer_carry_the_receipt_where_it_is_wanted(string? field, string? value, string? header)
    {
        foreach (bool stream in new[] { false, true })
        {
            string body = $"{{{Ask},\"max_tokens\":5,\"stream\":{(stream ? "true" : "false")}{(field is null ? "" : $",\"{field}\":{value}")}}}";
            using HttpRequestMessage request = new(HttpMethod.Post, Path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
            if (header is not null)
            {
                request.Headers.Add("X-Millrace-Receipt", header);
            }

            TestReply reply = await server.SendAsync(request);
            JsonNode last = stream ? reply.Chunks[^1] : reply.Json;
            JsonNode receipt = last["millrace"]!["receipt"]!;
            Assert.Equal((8, 5), ((int)receipt["tokens"]!["prompt"]!, (int)receipt["tokens"]!["completion"]!));
            Assert.Equal("chatcmpl-" + receipt["id"], (string)last["id"]!);
        }
    }

    [Fact]
    public async Task It_arrives_while_it_is_made_and_hanging_up_ends_it()
    {
        RequestId id;
        using (HttpResponseMessage response = await StartAsync())
        using (StreamReader reader = new(await response.Content.ReadAsStreamAsync(Cancel)))
        {
            Assert.StartsWith("data: {", await reader.ReadLineAsync(Cancel), StringComparison.Ordinal);
            Assert.Equal(1, Running);
            Assert.True(RequestId.TryParse(response.Headers.GetValues("x-request-id").Single(), out id));
        }

        while (Running > 0)
        {
            await Task.Delay(5, Cancel);
        }

        using LedgerReader ledger = LedgerReader.Open(server.Services.GetRequiredService<UsageLedger>().Path);
        Outcome outcome = Assert.Single(ledger.Find(id)).Outcome;
        Assert.Equal(Ending.Disconnected, outcome.Ending);
        Assert.InRange(outcome.CompletionTokens, 1, 128 * 400 / 2);
    }

    [Fact]
    public async Task What_fails_midway_ends_the_stream_with_an_error_and_without_done()
    {
        await using TestServer own = new();
        await own.InitializeAsync();
        using StringContent content = new(Long, Encoding.UTF8, "application/json");
        using HttpRequestMessage request = new(HttpMethod.Post, Path) { Content = content };
        using HttpResponseMessage response = await own.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
        using StreamReader reader = new(await response.Content.ReadAsStreamAsync(Cancel));
        Assert.StartsWith("data: {", await reader.ReadLineAsync(Cancel), StringComparison.Ordinal);
        Task stopping = own.Services.GetRequiredService<ModelRegistry>().DisposeAsync().AsTask();
        string last = (await reader.ReadToEndAsync(Cancel)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[^1];
        await stopping;
        JsonNode error = JsonNode.Parse(last["data: ".Length..])!;
        Assert.Empty(OpenAiSpecification.Validate("ErrorResponse", error));
        Assert.Equal("server_error", (string)error["error"]!["type"]!);
    }

    int Running => server.Services.GetRequiredService<ModelRegistry>().Find(TestServer.Model)!.Requests;

    async Task<HttpResponseMessage> StartAsync()
    {
        using HttpRequestMessage request = new(HttpMethod.Post, Path) { Content = new StringContent(Long, Encoding.UTF8, "application/json") };
        return await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
    }
}
