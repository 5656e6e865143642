using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Millrace.Kernels;
using Millrace.Scheduling;
using Millrace.Server.Inference;
using Millrace.Server.Keys;
using Millrace.Server.Ledger;
using Millrace.Server.Models;
using Millrace.Tests.Server.Inference;

namespace Millrace.Tests.Server.Auth;

/// <summary>What is told of requests, and to whom.</summary>
public sealed class RequestEndpointTests : IAsyncLifetime
{
    readonly TestServer _server = new();
    string _alice = "", _bob = "", _admin = "";

    public async ValueTask InitializeAsync()
    {
        await _server.InitializeAsync();
        KeyStore keys = _server.Services.GetRequiredService<KeyStore>();
        _alice = keys.Add("alice", "alice", KeyScopes.Inference, ServiceClass.Standard, KeyLimits.None).Text;
        _bob = keys.Add("bob", "bob", KeyScopes.Inference, ServiceClass.Batch, KeyLimits.None).Text;
        _admin = keys.Add("root", "root", KeyScopes.Inference | KeyScopes.Admin, ServiceClass.Standard, KeyLimits.None).Text;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_tenant_sees_its_own_requests_and_no_other_s()
    {
        TestReply answer = await Complete(_alice);
        string id = (string)answer.Json["id"]!;
        foreach (string path in new[] { $"/v1/requests/{id}", $"/v1/requests/{id}/explain", $"/v1/requests/{id["cmpl-".Length..]}" })
        {
            JsonNode request = (await Send(HttpMethod.Get, path, _alice)).Json;
            Assert.Equal(("ended", "text_completion", "story", "standard"), ((string?)request["status"], (string?)request["operation"], (string?)request["model"], (string?)request["class"]));
            Assert.Equal((2, 5), ((int)request["usage"]!["prompt_tokens"]!, (int)request["usage"]!["completion_tokens"]!));
            Assert.Equal("length", (string?)request["receipt"]!["ending"]);
            Assert.True((long)request["receipt"]!["flops"]! > 0);
            Assert.Equal(HttpStatusCode.NotFound, (await Send(HttpMethod.Get, path, _bob)).Status);
            Assert.Equal(HttpStatusCode.OK, (await Send(HttpMethod.Get, path, _admin)).Status);
        }
    }

    [Fact]
    public async Task Explained_it_names_the_kernels_that_ran_in_its_steps()
    {
        string id = (string)(await Complete(_alice)).Json["id"]!;
        JsonNode request = (await Send(HttpMethod.Get, $"/v1/requests/{id}/explain", _alice)).Json;
        JsonNode answer = Assert.Single(request["answers"]!.AsArray())!;
        Assert.Equal("panels", (string?)request["weights"]);
        (int all, int prompt) = ((int)answer["steps"]!, (int)answer["prompt_steps"]!);
        Assert.True(all >= 5 && prompt >= 1, request.ToJsonString());
        string[] types = [.. request["operations"]!.AsArray().SelectMany(operation => ((string)operation!["types"]!).Split(' ')).Where(type => type.Length > 0).Distinct().Order()];
        var kernels = request["kernels"]!.AsArray().GroupBy(kernel => (string)kernel!["weights"]!).ToArray();
        Assert.Equal(types, kernels.Select(steps => steps.Key).Order());
        string[] paths = [.. KernelPaths.Supported.Select(KernelPaths.NameOf)];
        Assert.All(kernels, steps =>
        {
            // A test beside may force another path in the middle of a step, which then ran by both.
            Assert.True(steps.Sum(item => (int)item!["prompt_steps"]!) >= prompt && steps.Sum(item => (int)item!["decode_steps"]!) >= all - prompt, request.ToJsonString());
            Assert.All(steps, item => Assert.Contains((string)item!["path"]!, paths));
        });
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("00000000000000000000000000000000")]
    [InlineData("%0d%0a")]
    public async Task A_request_that_is_not_there_is_404(string id)
    {
        TestReply reply = await Send(HttpMethod.Get, $"/v1/requests/{id}", _admin);
        Assert.Equal((HttpStatusCode.NotFound, "not_found"), (reply.Status, (string?)reply.Json["error"]!["code"]));
    }

    [Fact]
    public async Task An_administrator_cancels_a_request_and_its_stream_says_so()
    {
        FakeDevice device = new();
        using ManualResetEventSlim cancelled = new();
        device.BeforeStep = (step, _) => Assert.True(step < 5 || cancelled.Wait(TimeSpan.FromSeconds(20)));
        _server.Services.GetRequiredService<ModelRegistry>().LoadEngine = (_, _, _) => device.Start(tokenizer: PipelineBench.Tokenizer);
        Task<TestReply> stream = Post("/v1/completions", _alice, new { model = "story", prompt = new[] { 5, 6, 7 }, max_tokens = 150, ignore_eos = true, stream = true });
        RunningRequests running = _server.Services.GetRequiredService<RunningRequests>();
        while (!running.All.Any(run => run.CompletionTokens > 2))
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        string id = running.All.Single().Reservation.Id.ToString();
        Assert.Equal(HttpStatusCode.Forbidden, (await Send(HttpMethod.Delete, $"/v1/requests/{id}", _alice)).Status);
        Assert.Equal("running", (string?)(await Send(HttpMethod.Get, $"/v1/requests/{id}", _alice)).Json["status"]);
        Assert.True((bool)(await Send(HttpMethod.Delete, $"/v1/requests/{id}", _admin)).Json["cancelled"]!);
        cancelled.Set();
        TestReply ended = await stream;
        Assert.Contains("An administrator cancelled the request", ended.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", ended.Text, StringComparison.Ordinal);
        JsonNode record = (await Send(HttpMethod.Get, $"/v1/requests/{id}", _alice)).Json;
        Assert.Equal("cancelled", (string?)record["receipt"]!["ending"]);
        Assert.False((bool)(await Send(HttpMethod.Delete, $"/v1/requests/{id}", _admin)).Json["cancelled"]!);
    }

    [Fact]
    public async Task Usage_is_the_own_key_s_and_everybody_s_for_administrators()
    {
        await Complete(_alice);
        await Complete(_alice);
        await Complete(_bob);
        JsonNode own = Assert.Single((await Send(HttpMethod.Get, "/v1/usage?by=model", _alice)).Json["data"]!.AsArray())!;
        Assert.Equal(("story", 2, 10), ((string?)own["group"], (int)own["requests"]!, (int)own["completion_tokens"]!));
        JsonNode all = Assert.Single((await Send(HttpMethod.Get, "/v1/usage", _admin)).Json["data"]!.AsArray())!;
        Assert.Equal((3, 15), ((int)all["requests"]!, (int)all["completion_tokens"]!));
        Assert.Equal(2, (await Send(HttpMethod.Get, "/v1/usage?by=key", _admin)).Json["data"]!.AsArray().Count);
        Assert.Equal(["batch", "standard"], (await Send(HttpMethod.Get, "/v1/usage?by=class", _admin)).Json["data"]!.AsArray().Select(row => (string?)row!["group"]).Order());
        Assert.Empty((await Send(HttpMethod.Get, "/v1/usage?to=2000-01-01", _admin)).Json["data"]!.AsArray());
        Assert.Equal((HttpStatusCode.BadRequest, "by"), ((await Send(HttpMethod.Get, "/v1/usage?by=name", _admin)) is var wrong ? (wrong.Status, (string?)wrong.Json["error"]!["param"]) : default));
        Assert.Equal(HttpStatusCode.BadRequest, (await Send(HttpMethod.Get, "/v1/usage?from=yesterday", _admin)).Status);
    }

    [Fact]
    public async Task A_class_can_be_named_but_never_a_sooner_one_than_the_key_s()
    {
        Assert.Equal("batch", await ClassOf(_bob, "priority"));
        Assert.Equal("batch", await ClassOf(_bob, null));
        Assert.Equal("batch", await ClassOf(_alice, "flex"));
        Assert.Equal("standard", await ClassOf(_alice, "priority"));
    }

    [Fact, Trait("Probe", "61")]
    public async Task The_same_idempotency_key_over_HTTP_is_one_answer_and_another_body_409()
    {
        TestReply[] replies = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Complete(_alice, idempotency: "one")));
        Assert.All(replies, reply => Assert.Equal((HttpStatusCode.OK, (string?)replies[0].Json["id"], (string?)replies[0].Json["choices"]![0]!["text"]), (reply.Status, (string?)reply.Json["id"], (string?)reply.Json["choices"]![0]!["text"])));
        TestReply other = await Complete(_alice, maxTokens: 6, idempotency: "one");
        Assert.Equal(HttpStatusCode.Conflict, other.Status);
        Assert.Equal(HttpStatusCode.OK, (await Complete(_bob, maxTokens: 6, idempotency: "one")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await Complete(_alice, idempotency: new string('k', 256))).Status);
        using LedgerReader ledger = LedgerReader.Open(_server.Services.GetRequiredService<UsageLedger>().Path);
        Assert.Equal(2, ledger.Records().Count);
    }

    async Task<string?> ClassOf(string key, string? tier)
    {
        TestReply reply = await Post("/v1/completions", key, tier is null ? new { model = "story", prompt = "Once", max_tokens = 1 } : new { model = "story", prompt = "Once", max_tokens = 1, service_tier = tier });
        return (string?)(await Send(HttpMethod.Get, $"/v1/requests/{(string?)reply.Json["id"]}", key)).Json["class"];
    }

    Task<TestReply> Complete(string key, int maxTokens = 5, string? idempotency = null) =>
        Post("/v1/completions", key, new { model = "story", prompt = "Once upon", max_tokens = maxTokens, ignore_eos = true }, idempotency);

    Task<TestReply> Post(string path, string key, object body, string? idempotency = null)
    {
        HttpRequestMessage request = new(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.Add("x-api-key", key);
        if (idempotency is not null)
        {
            request.Headers.Add("Idempotency-Key", idempotency);
        }

        return _server.SendAsync(request);
    }

    Task<TestReply> Send(HttpMethod method, string path, string key)
    {
        HttpRequestMessage request = new(method, path);
        request.Headers.Add("x-api-key", key);
        return _server.SendAsync(request);
    }
}
