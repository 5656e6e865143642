using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Millrace.Scheduling;
using Millrace.Server.Inference;
using Millrace.Server.Keys;
using OpenAI;
using OpenAI.Chat;

namespace Millrace.Tests.Server.Clients;

/// <summary>Clients that are told to come again do, and are answered: another request holds the one place that their key has, and leaves it.</summary>
public sealed class RetryTests : IAsyncLifetime
{
    const string Story = " a time there was a small mill beside a";
    readonly TestServer _server = new();
    string _key = "";

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _server.InitializeAsync();
        _key = _server.Services.GetRequiredService<KeyStore>().Add("one", "one", KeyScopes.Inference, ServiceClass.Standard, new() { Concurrency = 1 }).Text;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task OpenAI_for_dotnet()
    {
        using HttpResponseMessage other = await HoldAsync();
        Tries tries = new(other, _server.Services.GetRequiredService<RunningRequests>());
        OpenAIClientOptions options = new() { Endpoint = new Uri(_server.Address, "v1") };
        options.AddPolicy(tries, PipelinePosition.PerTry);
        ChatCompletion answer = await new OpenAIClient(new ApiKeyCredential(_key), options).GetChatClient(TestServer.Model)
            .CompleteChatAsync([new UserChatMessage("Once upon")], new() { MaxOutputTokenCount = 9, Temperature = 0 }, Cancel);
        Assert.Equal(Story, answer.Content.Single().Text);
        Assert.Equal((429, 200), (tries.Statuses[0], tries.Statuses[^1]));
    }

    [Fact]
    public async Task Npm_openai()
    {
        JsonNode seen = await NodeScript.RunAsync("retry", ["openai"], _server.Address, _key);
        Assert.Equal(Story, (string)seen["answer"]!);
        int[] statuses = [.. seen["statuses"]!.AsArray().Select(status => (int)status!)];
        Assert.Equal((200, 429, 200), (statuses[0], statuses[1], statuses[^1]));
    }

    /// <summary>Takes the key's only place, until the answer is let go.</summary>
    async Task<HttpResponseMessage> HoldAsync()
    {
        const string Long = """{"model":"story","messages":[{"role":"user","content":"Once upon"}],"n":128,"max_tokens":400,"ignore_eos":true,"stream":true}""";
        using HttpRequestMessage request = new(HttpMethod.Post, "v1/chat/completions") { Content = new StringContent(Long, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _key);
        HttpResponseMessage response = await _server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
        Assert.True(response.IsSuccessStatusCode);
        return response;
    }

    /// <summary>Notes each try's status; after the first it lets go of what is in the way, and waits until it is gone: how long that takes is not the client's affair.</summary>
    sealed class Tries(HttpResponseMessage other, RunningRequests running) : PipelinePolicy
    {
        public List<int> Statuses { get; } = [];

        public override void Process(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex) => throw new NotSupportedException();

        public override async ValueTask ProcessAsync(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            await ProcessNextAsync(message, pipeline, currentIndex);
            Statuses.Add(message.Response!.Status);
            other.Dispose();
            while (running.Count > 0)
            {
                await Task.Delay(5, Cancel);
            }
        }
    }
}
