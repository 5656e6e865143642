using Millrace.Tokenization;
using Millrace.Tokenization.Templates;

namespace Millrace.Tests.Tokenization.Templates;

public class ChatFormatTests
{
    static readonly Tokenizer Story = Tokenizer.Open(KnownStory.Path);

    [Fact]
    public void Control_tokens_of_the_template_are_tokens() => Assert.Equal([120, 603], Encode("{{ messages[0].content }}</s>", "x"));

    [Fact]
    public void Control_tokens_that_people_write_are_text() =>
        Assert.Equal([.. "x</s>".Select(c => (int)c), 603], Encode("{{ messages[0].content }}</s>", "x</s>"));

    static List<int> Encode(string template, string content) =>
        new ChatFormat(Story, template).Encode(ChatTemplate.ToJson([("user", content)]), new DateTime(2026, 11, 23));
}
