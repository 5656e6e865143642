using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Millrace.Server.Models;
using Millrace.Tests.Server.Inference;

namespace Millrace.Tests.Server.Faults;

/// <summary>A step that does not end.</summary>
public sealed class WatchdogTests : IAsyncLifetime
{
    const string Problem = "a step of the model story does not end";

    readonly TestServer _server = new();

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_wedged_step_fails_health_and_readiness_until_it_ends()
    {
        ManualClock clock = new();
        clock.Advance(TimeSpan.FromSeconds(1));
        using SemaphoreSlim gate = new(0);
        using SemaphoreSlim arrived = new(0);
        FakeDevice device = new();
        device.BeforeStep = (_, _) =>
        {
            arrived.Release();
            gate.Wait();
        };
        _server.Services.GetRequiredService<ModelRegistry>().LoadEngine = (_, _, _) =>
            device.Start(clock: clock, tokenizer: PipelineBench.Tokenizer, with: static options => options with { StepTimeout = TimeSpan.FromSeconds(10) });
        Task<TestReply> stuck = _server.PostAsync("/v1/completions", """{"model":"story","prompt":[5,6,7],"max_tokens":3,"ignore_eos":true}""");
        await arrived.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            clock.Advance(TimeSpan.FromSeconds(9));
            await AssertHealth(HttpStatusCode.OK);
            clock.Advance(TimeSpan.FromSeconds(2));
            await AssertHealth(HttpStatusCode.ServiceUnavailable);
            TestReply ready = await _server.GetAsync("/health/ready");
            Assert.Equal([Problem], ready.Json["problems"]!.AsArray().Select(problem => (string?)problem));
            Assert.Contains(Problem, (await _server.GetAsync("/health")).Text, StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.OK, (await _server.GetAsync("/health/live")).Status); // restarting the process is for whoever looks to decide
        }
        finally
        {
            gate.Release(1000);
        }

        JsonNode answer = (await stuck).Json;
        Assert.Equal(3, (int)answer["usage"]!["completion_tokens"]!);
        await AssertHealth(HttpStatusCode.OK);
    }

    async Task AssertHealth(HttpStatusCode expected)
    {
        Assert.Equal(expected, (await _server.GetAsync("/health")).Status);
        Assert.Equal(expected, (await _server.GetAsync("/health/ready")).Status);
    }
}
