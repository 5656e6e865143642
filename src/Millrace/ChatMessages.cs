using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Millrace.Tokenization.Templates;

namespace Millrace;

/// <summary>Messages of Microsoft.Extensions.AI as chat templates expect them.</summary>
static class ChatMessages
{
    /// <summary>A JSON array of <c>{"role", "content"}</c>; instructions come first, as a system message.</summary>
    /// <exception cref="NotSupportedException">A role or a content is not text.</exception>
    public static JsonElement ToJson(IEnumerable<ChatMessage> messages, string? instructions)
    {
        ArgumentNullException.ThrowIfNull(messages);
        List<(string Role, string Content)> turns = [];
        if (instructions is not null)
        {
            turns.Add(("system", instructions));
        }

        foreach (ChatMessage message in messages)
        {
            string role = message.Role.Value;
            if (role is not ("system" or "user" or "assistant"))
            {
                throw new NotSupportedException($"messages of role {role} are not supported");
            }

            turns.Add((role, Text(message)));
        }

        return ChatTemplate.ToJson(turns);
    }

    static string Text(ChatMessage message)
    {
        StringBuilder text = new();
        foreach (AIContent content in message.Contents)
        {
            switch (content)
            {
                case TextContent part:
                    text.Append(part.Text);
                    break;
                case UsageContent:
                    break; // an earlier answer, handed back as it came
                default:
                    throw new NotSupportedException($"{content.GetType().Name} in a message is not supported");
            }
        }

        return text.ToString();
    }
}
