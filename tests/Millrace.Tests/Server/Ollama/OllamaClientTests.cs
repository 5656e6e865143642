using System.Net;
using OllamaSharp;
using OllamaSharp.Models;
using OllamaSharp.Models.Chat;

namespace Millrace.Tests.Server.Ollama;

/// <summary>OllamaSharp, unchanged.</summary>
public sealed class OllamaClientTests(TestServer server) : IClassFixture<TestServer>
{
    const string Story = " a time there was a small mill";

    static readonly RequestOptions Exact = new() { Temperature = 0, RepeatPenalty = 1, NumPredict = 7 };

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OllamaSharp_chats_generates_and_lists()
    {
        using OllamaApiClient client = new(server.Address, "story");
        Assert.True(await client.IsRunningAsync(Token));
        Assert.Equal("0.12.0", (await client.GetVersionAsync(Token)));
        Assert.Equal(["story:latest", "millrace/story:f16"], (await client.ListLocalModelsAsync(Token)).Select(model => model.Name));

        string text = "";
        ChatDoneResponseStream? done = null;
        await foreach (ChatResponseStream? part in client.ChatAsync(new ChatRequest { Messages = [new Message(ChatRole.User, "Once upon")], Options = Exact }, Token))
        {
            text += part!.Message.Content;
            done = part as ChatDoneResponseStream ?? done;
        }

        Assert.Equal((Story, "length", 8, 7), (text, done!.DoneReason, done.PromptEvalCount, done.EvalCount));
        Assert.True(done.TotalDuration >= done.EvalDuration);

        text = "";
        await foreach (GenerateResponseStream? part in client.GenerateAsync(new GenerateRequest { Prompt = "Once upon", Options = Exact, Stream = true }, Token))
        {
            text += part!.Response;
        }

        Assert.Equal(Story, text);
        RunningModel running = Assert.Single(await client.ListRunningModelsAsync(Token), model => model.Name == "story:latest");
        Assert.Equal(0, running.SizeVram);
        ShowModelResponse shown = await client.ShowModelAsync("story", Token);
        Assert.Equal(("llama", "llama"), (shown.Details.Family, shown.Info.Architecture));
    }

    [Fact]
    public async Task OllamaSharp_as_chat_client()
    {
        using OllamaApiClient ollama = new(server.Address, "story");
        Microsoft.Extensions.AI.IChatClient client = ollama;
        Microsoft.Extensions.AI.ChatOptions options = new() { Temperature = 0, MaxOutputTokens = 7, AdditionalProperties = new() { ["repeat_penalty"] = 1f } };
        Microsoft.Extensions.AI.ChatResponse whole = await client.GetResponseAsync([new(Microsoft.Extensions.AI.ChatRole.User, "Once upon")], options, Token);
        Assert.Equal((Story, Microsoft.Extensions.AI.ChatFinishReason.Length), (whole.Text, whole.FinishReason));
        string streamed = "";
        await foreach (Microsoft.Extensions.AI.ChatResponseUpdate part in client.GetStreamingResponseAsync([new(Microsoft.Extensions.AI.ChatRole.User, "Once upon")], options, Token))
        {
            streamed += part.Text;
        }

        Assert.Equal(Story, streamed);
    }

    [Fact]
    public async Task OllamaSharp_hears_why_it_was_refused_and_may_leave_early()
    {
        using OllamaApiClient client = new(server.Address, "none");
        HttpRequestException error = await Assert.ThrowsAsync<HttpRequestException>(async () => await client.GenerateAsync("a", cancellationToken: Token).StreamToEndAsync());
        Assert.Equal(HttpStatusCode.NotFound, error.StatusCode);
        client.SelectedModel = "story";
        int read = 0;
        await foreach (GenerateResponseStream? _ in client.GenerateAsync(new GenerateRequest { Prompt = "Once upon", Stream = true }, Token))
        {
            if (++read == 3)
            {
                break;
            }
        }

        Assert.Equal(3, read);
        await client.GenerateAsync(new GenerateRequest { Prompt = "Once upon", Options = Exact, Stream = true }, Token).StreamToEndAsync();
    }
}
