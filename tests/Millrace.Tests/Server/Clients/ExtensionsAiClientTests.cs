using System.ClientModel;
using Microsoft.Extensions.AI;
using OpenAI;

namespace Millrace.Tests.Server.Clients;

/// <summary>Microsoft.Extensions.AI over OpenAI's client, unchanged.</summary>
public sealed class ExtensionsAiClientTests(TestServer server) : IClassFixture<TestServer>
{
    const string Story = " a time there was a small mill beside a";

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_answers()
    {
        ChatResponse answer = await Client().GetResponseAsync("Once upon", Options(), Cancel);
        Assert.Equal(Story, answer.Text);
        Assert.Equal(ChatFinishReason.Length, answer.FinishReason);
        Assert.Equal((8L, 9L), (answer.Usage!.InputTokenCount, answer.Usage.OutputTokenCount));
        Assert.Equal(TestServer.Model, answer.ModelId);
    }

    [Fact]
    public async Task It_streams()
    {
        List<ChatResponseUpdate> updates = [];
        await foreach (ChatResponseUpdate update in Client().GetStreamingResponseAsync("Once upon", Options(), Cancel))
        {
            updates.Add(update);
        }

        ChatResponse whole = updates.ToChatResponse();
        Assert.Equal((Story, ChatFinishReason.Length, 9L), (whole.Text, whole.FinishReason, whole.Usage!.OutputTokenCount));
        Assert.True(updates.Count > 5);
    }

    [Fact]
    public async Task A_conversation_goes_on()
    {
        List<ChatMessage> messages = [new(ChatRole.System, "Tell."), new(ChatRole.User, "Once upon")];
        ChatResponse first = await Client().GetResponseAsync(messages, Options(), Cancel);
        messages.AddMessages(first);
        ChatResponse second = await Client().GetResponseAsync(messages, Options(), Cancel);
        Assert.Equal(" quiet river. Every morning the miller opened the", second.Text);
    }

    [Fact]
    public async Task It_embeds()
    {
        IEmbeddingGenerator<string, Embedding<float>> generator = Open().GetEmbeddingClient(TestServer.Model).AsIEmbeddingGenerator();
        GeneratedEmbeddings<Embedding<float>> vectors = await generator.GenerateAsync(["Once upon", "Every morning"], null, Cancel);
        Assert.Equal([256, 256], vectors.Select(vector => vector.Vector.Length));
    }

    [Fact]
    public async Task Structured_answers_are_refused_by_name()
    {
        ChatOptions options = Options();
        options.ResponseFormat = ChatResponseFormat.ForJsonSchema<int[]>();
        ClientResultException error = await Assert.ThrowsAsync<ClientResultException>(() => Client().GetResponseAsync("Once upon", options, Cancel));
        Assert.Equal(400, error.Status);
        Assert.Contains("response_format", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_ends_the_stream()
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        int received = 0;
        ChatOptions options = Options();
        options.MaxOutputTokens = 400;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (ChatResponseUpdate _ in Client().GetStreamingResponseAsync("Once upon", options, stop.Token))
            {
                if (++received == 3)
                {
                    await stop.CancelAsync();
                }
            }
        });
        Assert.Equal(Story, (await Client().GetResponseAsync("Once upon", Options(), Cancel)).Text);
    }

    IChatClient Client() => Open().GetChatClient(TestServer.Model).AsIChatClient();

    OpenAIClient Open() => new(new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = new Uri(server.Address, "v1") });

    static ChatOptions Options() => new() { MaxOutputTokens = 9, Temperature = 0 };
}
