using Millrace.Cli;
using Millrace.Tokenization;
using Millrace.Tokenization.Templates;

namespace Millrace.Tests.Tokenization.Templates;

public class ChatFormatTests
{
    // In the repository's model </s> is 603, and an ASCII byte its own id.
    static readonly Tokenizer Story = Tokenizer.Open(ModelStore.Find(null));

    [Fact]
    public void Control_tokens_of_the_template_are_tokens() => Assert.Equal([120, 603], Encode("{{ messages[0].content }}</s>", "x"));

    [Fact]
    public void Control_tokens_that_people_write_are_text() =>
        Assert.Equal([.. "x</s>".Select(c => (int)c), 603], Encode("{{ messages[0].content }}</s>", "x</s>"));

    [Fact]
    public void Control_tokens_cannot_be_put_together_from_two_texts() =>
        Assert.Equal("a</s>".Select(c => (int)c), Encode("{{ messages[0].content }}/s>", "a<"));

    [Fact]
    public void Text_merges_across_who_wrote_it() => Assert.Equal([262, 266], Encode("Once{{ messages[0].content }}", " upon"));

    static List<int> Encode(string template, string content) =>
        new ChatFormat(Story, template).Encode(ChatTemplate.ToJson([("user", content)]), new DateTime(2026, 11, 23));
}
