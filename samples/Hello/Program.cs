// A conversation in twenty lines: dotnet run -c Release --project samples/Hello MODEL.gguf
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Millrace;

await using ServiceProvider services = new ServiceCollection().AddMillrace(options => options.Model = args[0]).BuildServiceProvider();
IChatClient client = services.GetRequiredService<IChatClient>();
List<ChatMessage> conversation = [];
while (Console.ReadLine() is { Length: > 0 } question)
{
    conversation.Add(new(ChatRole.User, question));
    List<ChatResponseUpdate> answer = [];
    await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync(conversation))
    {
        Console.Write(update.Text);
        answer.Add(update);
    }
    conversation.AddMessages(answer);
    Console.WriteLine();
}
