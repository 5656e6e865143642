using System.Net.Http.Headers;
using System.Text;

namespace Millrace.Tests.Server.OpenAi;

/// <summary>Bodies that are no JSON, or JSON that nobody should send: 4xx in OpenAI's shape, and the next request is answered.</summary>
public sealed class HostileBodyTests(TestServer server) : IClassFixture<TestServer>
{
    const string Path = "v1/chat/completions";
    const string Good = """{"model":"story","messages":[{"role":"user","content":"Once upon"}],"max_tokens":1,"temperature":0,"stop":["x"],"logit_bias":{"5":1},"stream":false}""";

    public static TheoryData<string, int> Bodies => new()
    {
        { "", 400 },
        { "null", 400 },
        { "[]", 400 },
        { "5", 400 },
        { "{", 400 },
        { "{}", 400 },
        { Good[..^1], 400 },
        { Good + "x", 400 },
        { Good.Replace("\"max_tokens\":1", "\"max_tokens\":1,", StringComparison.Ordinal), 400 },
        { Good.Replace("\"max_tokens\":1", "\"max_tokens\":1,\"max_tokens\":500", StringComparison.Ordinal), 400 },
        { Good.Replace("\"role\":\"user\"", "\"role\":\"user\",\"role\":\"system\"", StringComparison.Ordinal), 400 },
        { Good.Replace("\"max_tokens\":1", "\"max_tokens\":NaN", StringComparison.Ordinal), 400 },
        { Good.Replace("\"max_tokens\":1", "// x\n\"max_tokens\":1", StringComparison.Ordinal), 400 },
        { Good.Replace("upon", "\\ud800", StringComparison.Ordinal), 400 },
        { Good.Replace("upon", "\\udc00\\ud800", StringComparison.Ordinal), 400 },
        { Good.Replace("\"story\"", "\"\\ud800\"", StringComparison.Ordinal), 400 },
        { Good.Replace("\"user\"", "\"\\ud800\"", StringComparison.Ordinal), 400 },
        { Good.Replace("\"max_tokens\"", "\"\\ud800\"", StringComparison.Ordinal), 400 },
        { Good.Replace("\"5\"", "\"\\ud800\"", StringComparison.Ordinal), 400 },
        { Good.Replace("\"max_tokens\":1", "\"max_tokens\":1,\"tool_choice\":\"\\ud800\"", StringComparison.Ordinal), 400 },
        { Good.Replace("\"max_tokens\":1", "\"max_tokens\":1,\"response_format\":{\"type\":\"\\ud800\"}", StringComparison.Ordinal), 400 },
        { Good.Replace("\"max_tokens\":1", $"\"max_tokens\":1,\"x\":{new string('[', 63)}{new string(']', 63)}", StringComparison.Ordinal), 200 },
        { Good.Replace("\"max_tokens\":1", $"\"max_tokens\":1,\"x\":{new string('[', 64)}{new string(']', 64)}", StringComparison.Ordinal), 400 },
        { Good.Replace("\"max_tokens\":1", $"\"max_tokens\":1,\"x\":{new string('[', 100_000)}", StringComparison.Ordinal), 400 },
        { Good.Replace("upon", "\\u0000", StringComparison.Ordinal), 200 },
        { Good.Replace("upon", "\uFEFF \u202E \uFFFF 👩‍👩‍👧", StringComparison.Ordinal), 200 },
        { Good.Replace("\"story\"", $"\"{new string('a', 1 << 20)}\"", StringComparison.Ordinal), 400 },
        { Good.Replace("\"story\"", "\"../../etc/passwd\"", StringComparison.Ordinal), 404 },
        { Good, 200 },
    };

    [Theory, Trait("Probe", "36"), Trait("Probe", "60"), Trait("Probe", "62")]
    [MemberData(nameof(Bodies))]
    public async Task A_body(string body, int status)
    {
        TestReply reply = await server.PostAsync(Path, body);
        Assert.True((int)reply.Status == status, $"{(int)reply.Status}: {reply.Text}");
        if (status != 200)
        {
            Assert.Empty(OpenAiSpecification.Validate("ErrorResponse", reply.Json));
            Assert.True(reply.Text.Length < 1000);
        }
    }

    [Theory, Trait("Probe", "36")]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { 0xC0, 0xAF })] // overlong
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })] // a surrogate
    [InlineData(new byte[] { 0xE2, 0x82 })] // half a character
    public async Task Bytes_that_are_not_utf8(byte[] bytes)
    {
        byte[] body = [.. Encoding.UTF8.GetBytes(Good[..^1] + ",\"x\":\""), .. bytes, .. "\"}"u8];
        Assert.Equal(400, (int)(await SendAsync(body, "application/json")).Status);
    }

    [Theory, Trait("Probe", "62")]
    [InlineData("text/plain", null, 415)]
    [InlineData("application/x-www-form-urlencoded", null, 415)]
    [InlineData("multipart/form-data", null, 415)]
    [InlineData(null, null, 415)]
    [InlineData("application/json", "gzip", 415)]
    [InlineData("application/json", "identity", 200)]
    [InlineData("application/json; charset=utf-8", null, 200)]
    public async Task A_type(string? type, string? encoding, int status)
    {
        TestReply reply = await SendAsync(Encoding.UTF8.GetBytes(Good), type, encoding);
        Assert.Equal(status, (int)reply.Status);
    }

    [Fact]
    public async Task A_body_that_is_too_large()
    {
        byte[] body = new byte[40_000_000];
        Array.Fill(body, (byte)' ');
        HttpRequestMessage request = new(HttpMethod.Post, Path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.ExpectContinue = true; // the client waits for the word to send it
        TestReply reply = await server.SendAsync(request);
        Assert.Equal(413, (int)reply.Status);
        Assert.Empty(OpenAiSpecification.Validate("ErrorResponse", reply.Json));
    }

    [Theory, Trait("Probe", "38"), Trait("Probe", "39")]
    [InlineData("A")]
    [InlineData(" ")]
    [InlineData("\\n")]
    [InlineData("漢")]
    [InlineData("^")]
    public async Task Megabytes_of_one_character_do_not_fit_and_are_refused_soon(string text)
    {
        string long1M = string.Concat(Enumerable.Repeat(text, 1_000_000));
        long begin = TimeProvider.System.GetTimestamp();
        TestReply reply = await server.PostAsync(Path, Good.Replace("Once upon", long1M, StringComparison.Ordinal));
        Assert.Equal((400, "context_length_exceeded"), ((int)reply.Status, (string?)reply.Json["error"]!["code"]));
        Assert.InRange(TimeProvider.System.GetElapsedTime(begin).TotalSeconds, 0, 20); // superlinear would be hours
    }

    [Fact]
    public async Task Random_changes_of_a_body_never_fail_the_server()
    {
        byte[] good = Encoding.UTF8.GetBytes(Good);
        Random random = new(1);
        string[] pieces = ["{", "}", "[", "]", "\"", ":", ",", "null", "true", "-1", "1e999", "\\ud800", "\\u0000", "9223372036854775808", "\u00ff"];
        for (int i = 0; i < 400; i++)
        {
            List<byte> body = [.. good];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                int at = random.Next(body.Count);
                body.RemoveRange(at, Math.Min(random.Next(12), body.Count - at));
                if (random.Next(3) > 0)
                {
                    body.InsertRange(at, Encoding.UTF8.GetBytes(pieces[random.Next(pieces.Length)]));
                }
            }

            TestReply reply = await SendAsync([.. body], "application/json");
            Assert.True((int)reply.Status < 500, $"{(int)reply.Status} for {Encoding.UTF8.GetString([.. body])}");
        }

        Assert.Equal(200, (int)(await server.PostAsync(Path, Good)).Status);
    }

    Task<TestReply> SendAsync(byte[] body, string? type, string? encoding = null)
    {
        ByteArrayContent content = new(body);
        content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        if (encoding is not null)
        {
            content.Headers.ContentEncoding.Add(encoding);
        }

        return server.SendAsync(new HttpRequestMessage(HttpMethod.Post, Path) { Content = content });
    }
}
