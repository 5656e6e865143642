using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Millrace.Scheduling;
using Millrace.Server.Keys;
using Millrace.Server.OpenAi;

namespace Millrace.Tests.Server.OpenAi;

/// <summary>What keys' limits look like to clients.</summary>
public sealed class LimitTests(TestServer server) : IClassFixture<TestServer>
{
    const string Ask = """{"model":"story","messages":[{"role":"user","content":"Once upon"}],"max_tokens":2}""";

    [Fact]
    public async Task Headers_say_what_is_left_and_when_to_come_again()
    {
        string key = Add(new() { RequestsPerMinute = 2, TokensPerMinute = 1000 });
        TestReply first = await PostAsync(key);
        Assert.Equal(("2", "1"), (first.Headers["x-ratelimit-limit-requests"], first.Headers["x-ratelimit-remaining-requests"]));
        Assert.Equal("1000", first.Headers["x-ratelimit-limit-tokens"]);
        Assert.InRange(int.Parse(first.Headers["x-ratelimit-remaining-tokens"], CultureInfo.InvariantCulture), 980, 999);
        Assert.Matches("^[0-9]+(s|ms)$", first.Headers["x-ratelimit-reset-requests"]);
        await PostAsync(key);
        TestReply third = await PostAsync(key);
        Assert.Equal(429, (int)third.Status);
        Assert.Equal("rate_limit_exceeded", (string?)third.Json["error"]!["code"]);
        Assert.InRange(int.Parse(third.Headers["retry-after"], CultureInfo.InvariantCulture), 1, 30);
        Assert.Equal("0", third.Headers["x-ratelimit-remaining-requests"]);
        Assert.Empty(OpenAiSpecification.Validate("ErrorResponse", third.Json));
        Assert.Equal(32, third.Headers["x-request-id"].Length);
    }

    [Fact]
    public async Task Without_a_right_key_the_answer_has_openais_shape_and_headers()
    {
        Add(KeyLimits.None);
        TestReply reply = await PostAsync("wrong");
        Assert.Equal((401, "invalid_api_key"), ((int)reply.Status, (string?)reply.Json["error"]!["code"]));
        Assert.Empty(OpenAiSpecification.Validate("ErrorResponse", reply.Json));
        Assert.Equal(32, reply.Headers["x-request-id"].Length);
        Assert.Equal("2020-10-01", reply.Headers["openai-version"]);
    }

    [Theory]
    [InlineData("realtime", ServiceClass.Standard, "default")]
    [InlineData("realtime", ServiceClass.Realtime, "priority")]
    [InlineData("batch", ServiceClass.Realtime, "flex")]
    [InlineData("auto", ServiceClass.Batch, "flex")]
    public async Task The_answer_says_which_class_was_served(string asked, ServiceClass ofKey, string tier)
    {
        TestReply reply = await PostAsync(Add(KeyLimits.None, ofKey), Ask[..^1] + $",\"service_tier\":\"{asked}\"}}");
        Assert.Equal((200, tier), ((int)reply.Status, (string?)reply.Json["service_tier"]));
    }

    [Theory]
    [InlineData(0, "0ms")]
    [InlineData(120, "120ms")]
    [InlineData(999.5, "1s")]
    [InlineData(20_000, "20s")]
    [InlineData(59_100, "1m0s")]
    [InlineData(365_000, "6m5s")]
    public void Times_are_written_as_openai_writes_them(double milliseconds, string text) => Assert.Equal(text, OpenAiHeaders.Duration(TimeSpan.FromMilliseconds(milliseconds)));

    string Add(KeyLimits limits, ServiceClass serviceClass = ServiceClass.Standard) =>
        server.Services.GetRequiredService<KeyStore>().Add(Guid.NewGuid().ToString("N"), "tenant", KeyScopes.Inference, serviceClass, limits).Text;

    Task<TestReply> PostAsync(string key, string body = Ask)
    {
        HttpRequestMessage request = new(HttpMethod.Post, "v1/chat/completions") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return server.SendAsync(request);
    }
}
