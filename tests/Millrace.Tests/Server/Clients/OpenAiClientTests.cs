using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Embeddings;
using OpenAI.Models;

namespace Millrace.Tests.Server.Clients;

/// <summary>OpenAI's own .NET client, unchanged.</summary>
public sealed class OpenAiClientTests(TestServer server) : IClassFixture<TestServer>
{
    const string Story = " a time there was a small mill beside a";

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_answers()
    {
        ChatCompletion answer = await Chat().CompleteChatAsync([new UserChatMessage("Once upon")], Options(), Cancel);
        Assert.Equal(Story, answer.Content.Single().Text);
        Assert.Equal(ChatFinishReason.Length, answer.FinishReason);
        Assert.Equal((8, 9, 17), (answer.Usage.InputTokenCount, answer.Usage.OutputTokenCount, answer.Usage.TotalTokenCount));
        Assert.StartsWith("chatcmpl-", answer.Id, StringComparison.Ordinal);
        Assert.StartsWith("fp_", answer.SystemFingerprint, StringComparison.Ordinal);
        Assert.InRange(answer.CreatedAt, DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddSeconds(1));
    }

    [Fact]
    public async Task It_streams_with_usage()
    {
        string text = "";
        ChatTokenUsage? usage = null;
        ChatFinishReason? reason = null;
        await foreach (StreamingChatCompletionUpdate update in Chat().CompleteChatStreamingAsync([new UserChatMessage("Once upon")], Options(), Cancel))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            usage = update.Usage ?? usage;
            reason = update.FinishReason ?? reason;
        }

        Assert.Equal((Story, ChatFinishReason.Length, 9), (text, reason, usage?.OutputTokenCount));
    }

    [Fact]
    public async Task It_reads_log_probabilities()
    {
        ChatCompletionOptions options = Options();
        options.IncludeLogProbabilities = true;
        options.TopLogProbabilityCount = 2;
        ChatCompletion answer = await Chat().CompleteChatAsync([new UserChatMessage("Once upon")], options, Cancel);
        Assert.Equal(Story, string.Concat(answer.ContentTokenLogProbabilities.Select(token => token.Token)));
        Assert.All(answer.ContentTokenLogProbabilities, token => Assert.Equal(2, token.TopLogProbabilities.Count));
        Assert.All(answer.ContentTokenLogProbabilities, token => Assert.Equal(token.Token, System.Text.Encoding.UTF8.GetString(token.Utf8Bytes!.Value.Span)));
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_answer()
    {
        async Task<string> Ask(long seed)
        {
#pragma warning disable OPENAI001 // the seed is called experimental
            ChatCompletionOptions options = new() { Seed = seed, MaxOutputTokenCount = 60, Temperature = 2 };
#pragma warning restore OPENAI001
            ChatCompletion answer = await Chat().CompleteChatAsync([new UserChatMessage("Once upon")], options, Cancel);
            return answer.Content.Single().Text;
        }

        string first = await Ask(1);
        Assert.Equal(first, await Ask(1));
        Assert.NotEqual(first, await Ask(2));
    }

    [Fact]
    public async Task It_embeds()
    {
        OpenAIEmbeddingCollection vectors = await Client().GetEmbeddingClient(TestServer.Model).GenerateEmbeddingsAsync(["Once upon", "Every morning"], null, Cancel);
        Assert.Equal(2, vectors.Count);
        Assert.All(vectors, vector => Assert.Equal(1, vector.ToFloats().Span.ToArray().Sum(x => (double)x * x), 1e-5));
        Assert.True(vectors.Usage.InputTokenCount > 2);
    }

    [Fact]
    public async Task It_lists_models()
    {
        OpenAIModelClient client = Client().GetOpenAIModelClient();
        OpenAIModelCollection all = await client.GetModelsAsync(Cancel);
        Assert.Contains(all, model => model.Id == TestServer.HubModel);
        OpenAIModel one = await client.GetModelAsync(TestServer.HubModel, Cancel);
        Assert.Equal(TestServer.HubModel, one.Id);
    }

    [Fact]
    public async Task It_learns_what_is_wrong()
    {
        ClientResultException unknown = await Assert.ThrowsAsync<ClientResultException>(() => Client().GetChatClient("none").CompleteChatAsync([new UserChatMessage("x")], null, Cancel));
        Assert.Equal(404, unknown.Status);
        Assert.Contains("model_not_found", unknown.Message, StringComparison.Ordinal);
        ChatCompletionOptions hot = Options();
        hot.Temperature = 3;
        ClientResultException wrong = await Assert.ThrowsAsync<ClientResultException>(() => Chat().CompleteChatAsync([new UserChatMessage("x")], hot, Cancel));
        Assert.Equal(400, wrong.Status);
        Assert.Contains("temperature", wrong.Message, StringComparison.Ordinal);
    }

    ChatClient Chat() => Client().GetChatClient(TestServer.Model);

    OpenAIClient Client() => new(new ApiKeyCredential("none"), new OpenAIClientOptions
    {
        Endpoint = new Uri(server.Address, "v1"),
        RetryPolicy = new ClientRetryPolicy(0),
    });

    static ChatCompletionOptions Options() => new() { MaxOutputTokenCount = 9, Temperature = 0 };
}
