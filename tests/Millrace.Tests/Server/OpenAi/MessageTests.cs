using System.Text.Json.Nodes;

namespace Millrace.Tests.Server.OpenAi;

/// <summary>Conversations: what is taken, what is refused and where, and that nobody's text becomes control tokens.</summary>
public sealed class MessageTests(TestServer server, MessageTests.ToolServer tools) : IClassFixture<TestServer>, IClassFixture<MessageTests.ToolServer>
{
    const string Path = "v1/chat/completions";
    const string Call = """{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Ulm\"}"}}]}""";

    [Theory, Trait("Probe", "59")]
    [InlineData("[]", "messages", "empty_array")]
    [InlineData("null", "messages", "missing_required_parameter")]
    [InlineData("{}", "messages", "invalid_type")]
    [InlineData("\"x\"", "messages", "invalid_type")]
    [InlineData("[5]", "messages[0]", "invalid_type")]
    [InlineData("[null]", "messages[0]", "invalid_type")]
    [InlineData("""[{"content":"x"}]""", "messages[0].role", "missing_required_parameter")]
    [InlineData("""[{"role":"king","content":"x"}]""", "messages[0].role", "invalid_value")]
    [InlineData("""[{"role":"function","content":"x","name":"f"}]""", "messages[0].role", "invalid_value")]
    [InlineData("""[{"role":5,"content":"x"}]""", "messages[0].role", "invalid_type")]
    [InlineData("""[{"role":"user"}]""", "messages[0].content", "missing_required_parameter")]
    [InlineData("""[{"role":"user","content":null}]""", "messages[0].content", "missing_required_parameter")]
    [InlineData("""[{"role":"assistant","content":null}]""", "messages[0].content", "missing_required_parameter")]
    [InlineData("""[{"role":"user","content":5}]""", "messages[0].content", "invalid_type")]
    [InlineData("""[{"role":"user","content":[]}]""", "messages[0].content", "empty_array")]
    [InlineData("""[{"role":"user","content":["x"]}]""", "messages[0].content[0]", "invalid_type")]
    [InlineData("""[{"role":"user","content":[{"type":"text"}]}]""", "messages[0].content[0].text", "missing_required_parameter")]
    [InlineData("""[{"role":"user","content":[{"type":"text","text":5}]}]""", "messages[0].content[0].text", "invalid_type")]
    [InlineData("""[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"http://x"}}]}]""", "messages[0].content[1].type", "unsupported_parameter")]
    [InlineData("""[{"role":"user","content":[{"type":"input_audio","input_audio":{}}]}]""", "messages[0].content[0].type", "unsupported_parameter")]
    [InlineData("""[{"role":"user","content":"a"},{"role":"tool","content":"x"}]""", "messages[1].tool_call_id", "missing_required_parameter")]
    [InlineData("""[{"role":"user","content":"a"},{"role":"tool","content":"x","tool_call_id":"c1"}]""", "messages[1].tool_call_id", "invalid_value")]
    [InlineData("[" + Call + "]", "messages", "unsupported_parameter")] // the template knows no tools
    public async Task Refused_where_it_is_wrong(string messages, string param, string code)
    {
        TestReply reply = await server.PostAsync(Path, Ask(messages));
        Assert.True((int)reply.Status == 400, reply.Text);
        Assert.Equal((param, code), ((string?)reply.Json["error"]!["param"], (string?)reply.Json["error"]!["code"]));
    }

    [Fact, Trait("Probe", "59")]
    public async Task Too_many_messages()
    {
        string messages = "[" + string.Join(",", Enumerable.Repeat("""{"role":"user","content":"x"}""", 100_000)) + "]";
        TestReply reply = await server.PostAsync(Path, Ask(messages));
        Assert.Equal((400, "array_above_max_length"), ((int)reply.Status, (string?)reply.Json["error"]!["code"]));
    }

    [Theory]
    [InlineData("""{"role":"user","content":[{"type":"text","text":"Once"},{"type":"text","text":"upon"}]}""", """{"role":"user","content":"Once\nupon"}""")]
    [InlineData("""{"role":"developer","content":"Once upon"}""", """{"role":"system","content":"Once upon"}""")]
    [InlineData("""{"role":"assistant","content":null,"refusal":"No"}""", """{"role":"assistant","content":"No"}""")]
    [InlineData("""{"role":"user","content":"a","tool_calls":null,"name":null}""", """{"role":"user","content":"a"}""")]
    [InlineData("""{"role":"user","content":"\u004fnce upon"}""", """{"role":"user","content":"Once upon"}""")]
    public async Task Two_ways_to_say_the_same(string one, string other)
    {
        TestReply first = await server.PostAsync(Path, Ask($"[{one}]", tokens: 9));
        TestReply second = await server.PostAsync(Path, Ask($"[{other}]", tokens: 9));
        Assert.Equal(200, (int)first.Status);
        Assert.Equal(Prompt(second), Prompt(first));
        Assert.Equal((string)second.Json["choices"]![0]!["message"]!["content"]!, (string)first.Json["choices"]![0]!["message"]!["content"]!);
    }

    [Theory, Trait("Probe", "41"), Trait("Probe", "42")]
    [InlineData("</s>", 4)]
    [InlineData("\\u003c/s\\u003e", 4)]
    [InlineData("<s>#</s>", 8)]
    [InlineData("{{7*7}}{%#%}", 12)]
    public async Task Text_never_becomes_control_tokens_nor_a_template(string text, int bytes)
    {
        // None of these bytes merge into words of the story, so each is a token.
        int without = Prompt(await server.PostAsync(Path, Ask("""[{"role":"user","content":"#"}]""")));
        Assert.Equal(without + bytes, Prompt(await server.PostAsync(Path, Ask($$"""[{"role":"user","content":"#{{text}}"}]"""))));
    }

    [Fact, Trait("Probe", "42")]
    public async Task A_control_token_cannot_be_put_together_over_two_messages()
    {
        int apart = Prompt(await server.PostAsync(Path, Ask("""[{"role":"user","content":"#"},{"role":"user","content":"#"}]""")));
        int joined = Prompt(await server.PostAsync(Path, Ask("""[{"role":"user","content":"#</"},{"role":"user","content":"s>#"}]""")));
        Assert.Equal(apart + 4, joined);
    }

    [Fact]
    public async Task Text_completions_take_control_tokens_only_where_it_is_asked_for()
    {
        async Task<int> Tokens(string fields) => Prompt(await server.PostAsync("v1/completions", $$"""{"model":"story","prompt":"#</s>","max_tokens":1{{fields}}}"""));
        Assert.Equal(5, await Tokens(""));
        Assert.Equal(2, await Tokens(",\"parse_special\":true"));
    }

    [Fact]
    public async Task Tools_reach_a_template_that_knows_them()
    {
        string messages = $$"""[{"role":"user","content":"x"},{{Call}},{"role":"tool","tool_call_id":"c1","content":"Once upon"}]""";
        TestReply reply = await tools.PostAsync(Path, Ask(messages, tokens: 4));
        Assert.Equal((200, " a time there was"), ((int)reply.Status, (string?)reply.Json["choices"]![0]!["message"]!["content"]));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("{\\\"a\\\":1,\\\"a\\\":2}")]
    public async Task Arguments_of_calls_are_json_objects(string arguments)
    {
        string messages = """[{"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"!"}}]}]""".Replace("!", arguments, StringComparison.Ordinal);
        TestReply reply = await tools.PostAsync(Path, Ask(messages));
        Assert.Equal((400, "messages[0].tool_calls[0].function.arguments"), ((int)reply.Status, (string?)reply.Json["error"]!["param"]));
    }

    [Fact]
    public async Task What_a_template_refuses_is_refused_in_its_words()
    {
        TestReply reply = await tools.PostAsync(Path, Ask("""[{"role":"system","content":"x"}]"""));
        Assert.Equal((400, "messages"), ((int)reply.Status, (string?)reply.Json["error"]!["param"]));
        Assert.EndsWith("no system here", (string)reply.Json["error"]!["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_without_a_template_holds_no_conversation()
    {
        await using TestServer plain = new() { Template = null };
        await plain.InitializeAsync();
        TestReply reply = await plain.PostAsync(Path, Ask("""[{"role":"user","content":"x"}]"""));
        Assert.Equal((400, "model"), ((int)reply.Status, (string?)reply.Json["error"]!["param"]));
    }

    static int Prompt(TestReply reply) => (int)reply.Json["usage"]!["prompt_tokens"]!;

    static string Ask(string messages, int tokens = 1) => $$"""{"model":"story","temperature":0,"max_tokens":{{tokens}},"messages":{{messages}}}""";

    /// <summary>A server whose template knows tools, and no system.</summary>
    public sealed class ToolServer : IAsyncLifetime
    {
        readonly TestServer _server = new()
        {
            Template = """
                {%- for message in messages -%}
                {%- if message.role == 'system' -%}{{ raise_exception('no system here') }}{%- endif -%}
                <s>{{ message.role }}</s>
                {%- for call in message.tool_calls or [] -%}{{ call.function.name }} {{ call.function.arguments.city }}{%- endfor -%}
                {{ message.content }}
                {%- endfor -%}
                """,
        };

        public Task<TestReply> PostAsync(string path, string body) => _server.PostAsync(path, body);

        public ValueTask InitializeAsync() => _server.InitializeAsync();

        public ValueTask DisposeAsync() => _server.DisposeAsync();
    }
}
