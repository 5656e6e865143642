using System.Text.Json;

namespace Millrace.Tests.Cli;

public sealed class TemplateCommandTests : IDisposable
{
    const string Template =
        "{{ bos_token }}{% for m in messages %}{% if m.role == 'bad' %}{{ raise_exception('no such role') }}{% endif %}<{{ m.role }}>{{ m.content }}{{ eos_token }}\n{% endfor %}"
        + "{% if tools %}[{{ tools[0].name }}]{% endif %}{% if add_generation_prompt %}<assistant>{% endif %}{{ strftime_now('%Y-%m-%d %H:%M') }}";

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("^<user>Grüezi 你好^\n<assistant>2026-11-23 12:00", "--bos", "^", "--eos", "^")]
    [InlineData("<user>Grüezi 你好\n2026-11-23 12:00", "--no-generation-prompt")]
    [InlineData("<user>Grüezi 你好\n<assistant>2026-01-02 03:04", "--now", "2026-01-02T03:04")]
    public void Prompt_is_printed_exactly_as_rendered(string prompt, params string[] options)
    {
        string[] now = options.Contains("--now") ? [] : ["--now", "2026-11-23T12:00:00"];
        Assert.Equal(prompt, CliRun.Answer(["template", Write("t.jinja", Template), "--messages", Messages("user"), .. now, .. options]));
    }

    [Fact]
    public void Tools_are_seen() => Assert.Contains(
        "[weather]<assistant>",
        CliRun.Answer("template", Write("t.jinja", Template), "--messages", Messages("user"), "--tools", Write("tools.json", """[{"name":"weather"}]""")),
        StringComparison.Ordinal);

    [Fact]
    public void Refusal_is_exit_code_1_with_the_template_s_own_words() =>
        CliRun.Of("template", Write("t.jinja", Template), "--messages", Messages("bad")).MustFail(1, "t.jinja, line 1: no such role");

    [Theory]
    [InlineData(1, "not JSON", "[")]
    [InlineData(1, "not JSON", "[] x")]
    [InlineData(1, "expected a JSON array, found Object", "{}")]
    public void Messages_must_be_a_json_array(int code, string message, string json) =>
        CliRun.Of("template", Write("t.jinja", Template), "--messages", Write("m.json", json)).MustFail(code, message);

    [Fact]
    public void Wrong_use_is_named()
    {
        string template = Write("t.jinja", Template);
        CliRun.Of("template", template, "--messages", Messages("user"), "--now", "noon").MustFail(2, "--now: expected a local time");
        CliRun.Of("template", template).MustFail(2, "Option '--messages' is required");
        CliRun.Of("template", "/no/such", "--messages", Messages("user")).MustFail(1, "no such file: /no/such");
        CliRun.Of("template", "-m", KnownStory.Path, "--messages", Messages("user")).MustFail(1, "known-story.gguf has no chat template");
        CliRun.Of("template", Write("bad.jinja", "{% if %}"), "--messages", Messages("user")).MustFail(1, "bad.jinja, line 1: ");
    }

    [Theory]
    [InlineData("chat_template.jinja", "{{ messages[0].role }}")]
    [InlineData("tokenizer_config.json", """{"chat_template":"{{ messages[0].role }}"}""")]
    [InlineData("tokenizer_config.json", """{"chat_template":[{"name":"tool_use","template":"no"},{"name":"default","template":"{{ messages[0].role }}"}]}""")]
    public void Folder_brings_its_template(string file, string content)
    {
        Write(file, content);
        Assert.Equal("user", CliRun.Answer("template", "-m", _folder.Path(), "--messages", Messages("user"), "--bos", "", "--eos", ""));
    }

    [Theory]
    [InlineData("user")]
    [InlineData("tools")]
    public void Real_template_gives_what_transformers_gives(string name)
    {
        string folder = SharedData.Require("data", "chat-templates");
        string? expected = Json(Path.Combine(folder, "expected", "meta-llama-Llama-3.1-8B-Instruct.json")).GetProperty(name).GetProperty("text").GetString();
        JsonElement conversation = Json(Path.Combine(folder, "expected", "cases.json")).GetProperty(name);
        string[] tools = conversation.TryGetProperty("tools", out JsonElement offered) ? ["--tools", Write("tools.json", offered.GetRawText())] : [];
        string answer = CliRun.Answer(
            ["template", Path.Combine(folder, "meta-llama-Llama-3.1-8B-Instruct.jinja"), "--messages", Write("m.json", conversation.GetProperty("messages").GetRawText()),
            "--bos", "<s>", "--eos", "</s>", "--now", "2026-11-23T12:00:00", .. tools]);
        Assert.Equal(expected, answer);
    }

    string Messages(string role) => Write("messages.json", $$"""[{"role":"{{role}}","content":"Grüezi 你好"}]""");

    string Write(string name, string text)
    {
        File.WriteAllText(_folder.Path(name), text);
        return _folder.Path(name);
    }

    static JsonElement Json(string path) => JsonDocument.Parse(File.ReadAllText(path)).RootElement;
}
