using System.Net;
using System.Text.Json.Nodes;

namespace Millrace.Tests.Server.Ollama;

/// <summary><c>/api/chat</c> and <c>/api/generate</c>: shapes, streaming, options.</summary>
public sealed class OllamaAnswerTests(TestServer server) : IClassFixture<TestServer>
{
    const string Exact = "\"temperature\":0,\"repeat_penalty\":1";
    const string Story = " a time there was a small mill";

    [Fact]
    public async Task Chat_streams_lines_of_json_and_the_last_has_the_figures()
    {
        TestReply reply = await server.PostAsync("api/chat", $$$"""{"model":"story","messages":[{"role":"user","content":"Once upon"}],"options":{{{{Exact}}},"num_predict":7}}""");
        Assert.Equal((HttpStatusCode.OK, "application/x-ndjson"), (reply.Status, reply.Headers["Content-Type"]));
        JsonObject[] lines = Lines(reply);
        Assert.All(lines[..^1], line => Assert.Equal(["model", "created_at", "message", "done"], line.Select(field => field.Key)));
        Assert.All(lines[..^1], line => Assert.False((bool)line["done"]!));
        Assert.All(lines, line => Assert.Equal("assistant", (string?)line["message"]!["role"]));
        Assert.Equal(Story, string.Concat(lines.Select(line => (string?)line["message"]!["content"])));
        JsonObject last = lines[^1];
        Assert.Equal(
            ["model", "created_at", "message", "done_reason", "done", "total_duration", "load_duration", "prompt_eval_count", "prompt_eval_duration", "eval_count", "eval_duration"],
            last.Select(field => field.Key));
        Assert.Equal(("story", "length", true, 7), ((string?)last["model"], (string?)last["done_reason"], (bool)last["done"]!, (int)last["eval_count"]!));
        Assert.Equal(server.Tokens("<s>user</s>Once upon"), (int)last["prompt_eval_count"]!);
        Assert.True((long)last["total_duration"]! >= (long)last["eval_duration"]! + (long)last["prompt_eval_duration"]!);
        Assert.EndsWith("Z", (string?)last["created_at"], StringComparison.Ordinal);
        Assert.InRange((DateTimeOffset)last["created_at"]!, DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow);
    }

    [Theory]
    [InlineData("api/chat", "\"messages\":[{\"role\":\"user\",\"content\":\"Once upon\"}]")]
    [InlineData("api/generate", "\"prompt\":\"Once upon\"")]
    public async Task Whole_answer_is_the_streamed_one(string path, string asked)
    {
        string body = $$"""{"model":"story:latest",{{asked}},"options":{"seed":5,"num_predict":20},"stream":""";
        TestReply whole = await server.PostAsync(path, body + "false}");
        JsonObject[] lines = Lines(await server.PostAsync(path, body + "true}"));
        Assert.Equal("application/json; charset=utf-8", whole.Headers["Content-Type"]);
        Assert.Equal(string.Concat(lines.Select(Text)), Text(whole.Json.AsObject()));
        Assert.Equal(lines[^1].Select(field => field.Key), whole.Json.AsObject().Select(field => field.Key));
        Assert.Equal("story:latest", (string?)whole.Json["model"]); // as the client called it
        Assert.Equal((string?)lines[^1]["done_reason"], (string?)whole.Json["done_reason"]);
        Assert.Equal((int)lines[^1]["eval_count"]!, (int)whole.Json["eval_count"]!);
    }

    [Fact]
    public async Task Generate_uses_the_template_and_raw_does_not()
    {
        JsonNode templated = (await Generate("\"prompt\":\"Once upon\",\"system\":\"Be brief\"")).Json;
        Assert.Equal(server.Tokens("<s>system</s>Be brief<s>user</s>Once upon"), (int)templated["prompt_eval_count"]!);
        Assert.Equal(Story, (string?)templated["response"]);
        JsonNode raw = (await Generate("\"prompt\":\"<s>user</s>Once upon\",\"raw\":true")).Json;
        Assert.Equal(server.Tokens("<s>user</s>Once upon"), (int)raw["prompt_eval_count"]!);
        Assert.Equal(Story, (string?)raw["response"]);
    }

    [Fact]
    public async Task Names_of_control_tokens_in_a_message_are_text()
    {
        JsonNode answer = (await Generate("\"prompt\":\"</s>Once upon\"")).Json;
        Assert.True((int)answer["prompt_eval_count"]! > server.Tokens("<s>user</s></s>Once upon"));
    }

    [Theory]
    [InlineData("\"stop\":[\"all mil\"]", " a time there was a sm", "stop")]
    [InlineData("\"stop\":\"there\"", " a time ", "stop")]
    [InlineData("\"num_predict\":2", " a time", "length")]
    [InlineData("\"num_ctx\":11", " a time there", "length")]
    [InlineData("\"top_k\":1,\"temperature\":1.5", Story, "length")]
    [InlineData("\"top_p\":0.0,\"temperature\":1", Story, "length")]
    [InlineData("\"min_p\":1,\"temperature\":1", Story, "length")]
    [InlineData("\"typical_p\":1,\"repeat_last_n\":0,\"repeat_penalty\":2", Story, "length")]
    [InlineData("\"presence_penalty\":0,\"frequency_penalty\":-0.0,\"mirostat\":0", Story, "length")]
    [InlineData("\"num_thread\":64,\"num_gpu\":99,\"use_mmap\":false,\"tfs_z\":1,\"nobody_knows\":[]", Story, "length")]
    [InlineData("\"top_k\":null,\"stop\":[]", Story, "length")]
    public async Task Options_do_what_they_say(string option, string text, string reason)
    {
        string defaults = string.Concat(Defaults.Where(field => !option.Contains(field.Key, StringComparison.Ordinal)).Select(field => $",\"{field.Key}\":{field.Value}"));
        TestReply reply = await server.PostAsync("api/generate", $$$"""{"model":"story","stream":false,"prompt":"Once upon","options":{{{{option}}}{{{defaults}}}}}""");
        Assert.Equal((text, reason), ((string?)reply.Json["response"], (string?)reply.Json["done_reason"]));
    }

    static readonly Dictionary<string, string> Defaults = new() { ["temperature"] = "0", ["repeat_penalty"] = "1", ["num_predict"] = "7" };

    [Theory]
    [InlineData("temperature", "-0.1")]
    [InlineData("temperature", "1e999")]
    [InlineData("temperature", "\"hot\"")]
    [InlineData("top_k", "2.5")]
    [InlineData("top_k", "1e99")]
    [InlineData("top_p", "1.01")]
    [InlineData("min_p", "-1")]
    [InlineData("typical_p", "2")]
    [InlineData("repeat_penalty", "0")]
    [InlineData("repeat_last_n", "-2")]
    [InlineData("presence_penalty", "3")]
    [InlineData("frequency_penalty", "[]")]
    [InlineData("mirostat", "3")]
    [InlineData("mirostat", "1")]
    [InlineData("mirostat_tau", "0")]
    [InlineData("mirostat_eta", "2")]
    [InlineData("seed", "1.5")]
    [InlineData("seed", "99999999999999999999")]
    [InlineData("num_predict", "-3")]
    [InlineData("num_predict", "9223372036854775807")]
    [InlineData("num_ctx", "0")]
    [InlineData("num_ctx", "513")]
    [InlineData("stop", "{}")]
    [InlineData("stop", "[\"\"]")]
    [InlineData("stop", "[1]")]
    public async Task Wrong_option_is_refused_by_its_name(string name, string value)
    {
        TestReply reply = await server.PostAsync("api/generate", $$$"""{"model":"story","prompt":"Once upon","options":{"{{{name}}}":{{{value}}}}}""");
        Refused(reply, HttpStatusCode.BadRequest, name);
    }

    [Theory]
    [InlineData("\"format\":\"json\"", "format")]
    [InlineData("\"format\":{\"type\":\"object\"}", "format")]
    [InlineData("\"think\":true", "thinking")]
    [InlineData("\"think\":\"high\"", "thinking")]
    [InlineData("\"images\":[\"aGk=\"]", "images")]
    [InlineData("\"suffix\":\"end\"", "suffix")]
    [InlineData("\"template\":\"x\"", "template")]
    [InlineData("\"context\":[1,2]", "context")]
    [InlineData("\"tools\":[{}]", "tools")]
    [InlineData("\"raw\":true,\"system\":\"x\"", "raw mode")]
    [InlineData("\"keep_alive\":\"long\"", "keep_alive")]
    [InlineData("\"keep_alive\":[]", "keep_alive")]
    [InlineData("\"stream\":1", "stream")]
    [InlineData("\"options\":1", "options")]
    public async Task What_is_not_supported_is_refused_and_never_ignored(string field, string message) =>
        Refused(await server.PostAsync("api/generate", $$"""{"model":"story","prompt":"Once upon",{{field}}}"""), HttpStatusCode.BadRequest, message);

    [Theory]
    [InlineData("\"format\":\"\",\"think\":false,\"images\":[],\"suffix\":\"\",\"template\":\"\",\"context\":[],\"system\":\"\",\"raw\":false,\"keep_alive\":\"\"")]
    [InlineData("\"format\":null,\"think\":null,\"images\":null,\"options\":null,\"keep_alive\":null,\"CustomHeaders\":{}")]
    public async Task What_says_nothing_is_no_reason_to_refuse(string fields) =>
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("api/generate", $$"""{"model":"story","prompt":"Once upon","stream":false,{{fields}}}""")).Status);

    [Theory]
    [InlineData("""{"model":"nobody","messages":[{"role":"user","content":"a"}]}""", HttpStatusCode.NotFound, "model 'nobody' not found")]
    [InlineData("""{"model":"../story","messages":[{"role":"user","content":"a"}]}""", HttpStatusCode.NotFound, "not found")]
    [InlineData("""{"messages":[{"role":"user","content":"a"}]}""", HttpStatusCode.BadRequest, "model is required")]
    [InlineData("""{"model":"story","messages":[{"role":"robot","content":"a"}]}""", HttpStatusCode.BadRequest, "robot")]
    [InlineData("""{"model":"story","messages":[{"content":"a"}]}""", HttpStatusCode.BadRequest, "messages[0].role")]
    [InlineData("""{"model":"story","messages":[{"role":"user","content":["a"]}]}""", HttpStatusCode.BadRequest, "messages[0].content")]
    [InlineData("""{"model":"story","messages":[{"role":"user","content":"a","images":["aGk="]}]}""", HttpStatusCode.BadRequest, "messages[0].images")]
    [InlineData("""{"model":"story","messages":[{"role":"tool","content":"a"}]}""", HttpStatusCode.BadRequest, "tool")]
    [InlineData("""{"model":"story","messages":{}}""", HttpStatusCode.BadRequest, "messages")]
    [InlineData("""{"model":"story","messages":[}""", HttpStatusCode.BadRequest, "parse")]
    [InlineData("null", HttpStatusCode.BadRequest, "object")]
    public async Task Errors_have_the_shape_of_ollama(string body, HttpStatusCode status, string message) => Refused(await server.PostAsync("api/chat", body), status, message);

    [Fact]
    public async Task Prompt_that_does_not_fit_is_refused_and_never_cut()
    {
        string prompt = string.Concat(Enumerable.Repeat("Once upon ", 600));
        Refused(await server.PostAsync("api/generate", new JsonObject { ["model"] = "story", ["prompt"] = prompt }), HttpStatusCode.BadRequest, "nothing is cut");
        Refused(
            await server.PostAsync("api/generate", """{"model":"story","prompt":"Once upon a time there was","options":{"num_ctx":4}}"""), HttpStatusCode.BadRequest, "context of 4 tokens");
    }

    [Fact]
    public async Task Answer_ends_where_the_context_does()
    {
        JsonNode answer = (await server.PostAsync("api/generate", """{"model":"story","prompt":"Once upon","stream":false,"options":{"num_predict":100000,"num_ctx":20,"temperature":0}}""")).Json;
        Assert.Equal(20, (int)answer["prompt_eval_count"]! + (int)answer["eval_count"]!);
        Assert.Equal("length", (string?)answer["done_reason"]);
    }

    [Fact]
    public async Task Body_without_a_type_is_read_unless_a_web_page_sends_it()
    {
        async Task<TestReply> Send(string? origin)
        {
            HttpRequestMessage request = new(HttpMethod.Post, "api/generate") { Content = new StringContent("""{"model":"story","prompt":"Once upon","stream":false}""", null, "application/x-www-form-urlencoded") };
            if (origin is not null)
            {
                request.Headers.Add("Origin", origin);
            }

            return await server.SendAsync(request);
        }

        Assert.Equal(HttpStatusCode.OK, (await Send(null)).Status); // curl -d
        Assert.NotEqual(HttpStatusCode.OK, (await Send("http://evil.example")).Status);
    }

    internal static void Refused(TestReply reply, HttpStatusCode status, string message)
    {
        Assert.Equal(status, reply.Status);
        KeyValuePair<string, JsonNode?> error = Assert.Single(reply.Json.AsObject());
        Assert.Equal("error", error.Key);
        Assert.Contains(message, (string?)error.Value, StringComparison.Ordinal);
    }

    Task<TestReply> Generate(string fields) =>
        server.PostAsync("api/generate", $$$"""{"model":"story","stream":false,{{{fields}}},"options":{{{{Exact}}},"num_predict":7}}""");

    static string Text(JsonObject answer) => (string?)answer["response"] ?? (string)answer["message"]!["content"]!;

    static JsonObject[] Lines(TestReply reply)
    {
        Assert.EndsWith("\n", reply.Text, StringComparison.Ordinal);
        return [.. reply.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject())];
    }
}
