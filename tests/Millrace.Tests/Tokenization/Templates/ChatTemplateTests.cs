using System.Diagnostics;
using Millrace.Tokenization.Templates;

namespace Millrace.Tests.Tokenization.Templates;

/// <summary>The public face: inputs, defaults, threads, speed.</summary>
public class ChatTemplateTests
{
    const string ChatMl = """
        {%- for message in messages %}
        {{- '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}
        {%- endfor %}
        {%- if add_generation_prompt %}
        {{- '<|im_start|>assistant\n' }}
        {%- endif %}
        """;

    [Fact]
    public void Plain_messages_render()
    {
        string prompt = ChatTemplate.Parse(ChatMl).Render([("system", "Be brief."), ("user", "Hi")], Rendering.Input());
        Assert.Equal("<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n", prompt);
    }

    [Fact]
    public void The_generation_prompt_can_be_left_out()
    {
        string prompt = ChatTemplate.Parse(ChatMl).Render([("user", "Hi")], Rendering.Input() with { AddGenerationPrompt = false });
        Assert.Equal("<|im_start|>user\nHi<|im_end|>\n", prompt);
    }

    [Theory]
    [InlineData("{{ tools is defined }}{{ documents is defined }}{{ bos_token is defined }}{{ eos_token is defined }}", "FalseFalseFalseFalse")]
    [InlineData("{{ add_generation_prompt }}{{ messages }}", "True[]")]
    public void What_is_not_given_is_undefined(string source, string expected) =>
        Assert.Equal(expected, ChatTemplate.Parse(source).Render(Rendering.Input() with { BosToken = null, EosToken = null }));

    [Fact]
    public void Tools_keep_the_order_of_their_keys()
    {
        TemplateInput input = Rendering.Input() with { Tools = Rendering.Json("""[{"z": 1, "a": {"y": [], "b": null}, "m": 1.50}]""") };
        Assert.Equal("""[{"z": 1, "a": {"y": [], "b": null}, "m": 1.5}]""", ChatTemplate.Parse("{{ tools | tojson }}").Render(input));
    }

    [Theory]
    [InlineData("1", "1")]
    [InlineData("-0", "0")]
    [InlineData("1.0", "1.0")]
    [InlineData("1e2", "100.0")]
    [InlineData("1E400", "inf")]
    [InlineData("123456789012345678901234567890", "123456789012345678901234567890")]
    [InlineData("0.1", "0.1")]
    [InlineData("5e-324", "5e-324")]
    [InlineData("true", "True")]
    [InlineData("null", "None")]
    [InlineData("\"\\u00e9\\ud83e\\udd8a\"", "é🦊")]
    [InlineData("{\"a\": 1, \"a\": 2}", "{'a': 2}")]
    public void Json_values_are_Python_s(string json, string expected) =>
        Assert.Equal(expected, Rendering.Render("{{ x }}", $$"""{"x": {{json}}}"""));

    [Fact]
    public void Messages_must_be_an_array()
    {
        TemplateException error = Assert.Throws<TemplateException>(() => Rendering.Render("", """{"messages": {"role": "user"}}"""));
        Assert.Equal("messages must be a JSON array, not Object", error.Message);
    }

    [Fact]
    public void Variables_override_what_the_template_finds() =>
        Assert.Equal("5", Rendering.Render("{{ add_generation_prompt }}", """{"add_generation_prompt": 5}"""));

    [Fact]
    public void One_template_renders_on_many_threads_at_once()
    {
        ChatTemplate template = ChatTemplate.Parse("{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + loop.index %}{{ m.content }}{% endfor %}={{ ns.n }}");
        string[] prompts = new string[64];
        Parallel.For(0, prompts.Length, i => prompts[i] = template.Render(Enumerable.Repeat(("user", $"{i},"), 100), Rendering.Input()));
        for (int i = 0; i < prompts.Length; i++)
        {
            Assert.Equal(string.Concat(Enumerable.Repeat($"{i},", 100)) + "=5050", prompts[i]);
        }
    }

    [Fact]
    public void A_chat_renders_in_well_under_a_millisecond_once_warm()
    {
        ChatTemplate template = ChatTemplate.Parse(ChatMl);
        (string, string)[] chat = [.. Enumerable.Range(0, 20).Select(i => (i % 2 == 0 ? "user" : "assistant", $"Message {i} of an ordinary chat."))];
        TemplateInput input = Rendering.Input() with { Messages = ChatTemplate.ToJson(chat) };
        double best = double.MaxValue;
        for (int i = 0; i < 300; i++)
        {
            long start = Stopwatch.GetTimestamp();
            template.Render(input);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        Assert.True(best < 1, $"{best} ms");
    }
}
