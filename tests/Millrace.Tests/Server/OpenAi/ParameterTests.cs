using System.Globalization;
using System.Text.Json.Nodes;

namespace Millrace.Tests.Server.OpenAi;

/// <summary>Every parameter at and beyond its bounds, and of every wrong type: 400 that names it, or an answer; never anything else.</summary>
public sealed class ParameterTests(TestServer server) : IClassFixture<TestServer>
{
    const string Chat = "v1/chat/completions";
    const string Text = "v1/completions";
    const double Int32 = int.MaxValue;

    [Theory, Trait("Probe", "55"), Trait("Probe", "56")]
    [InlineData(Chat, "temperature", 0, 2, false)]
    [InlineData(Chat, "top_p", 0, 1, false)]
    [InlineData(Chat, "frequency_penalty", -2, 2, false)]
    [InlineData(Chat, "presence_penalty", -2, 2, false)]
    [InlineData(Chat, "min_p", 0, 1, false)]
    [InlineData(Chat, "typical_p", 0, 1, false)]
    [InlineData(Chat, "repeat_penalty", 0.01, 100, false)]
    [InlineData(Chat, "repetition_penalty", 0.01, 100, false)]
    [InlineData(Chat, "dry_multiplier", 0, 100, false)]
    [InlineData(Chat, "dry_base", 1, 100, false)]
    [InlineData(Chat, "xtc_probability", 0, 1, false)]
    [InlineData(Chat, "xtc_threshold", 0, 1, false)]
    [InlineData(Chat, "mirostat_tau", 0.01, 100, false)]
    [InlineData(Chat, "mirostat_eta", 0.0001, 1, false)]
    [InlineData(Chat, "top_k", -1, Int32, true)]
    [InlineData(Chat, "repeat_last_n", -1, Int32, true)]
    [InlineData(Chat, "dry_allowed_length", 1, Int32, true)]
    [InlineData(Chat, "dry_penalty_last_n", -1, Int32, true)]
    [InlineData(Chat, "n", 1, 128, true)]
    [InlineData(Chat, "top_logprobs", 0, 20, true)]
    [InlineData(Chat, "seed", -9223372036854775808.0, 9223372036854774784.0, true)]
    [InlineData(Text, "logprobs", 0, 20, true)]
    [InlineData(Text, "temperature", 0, 2, false)]
    public async Task A_number_at_its_bounds_and_beyond(string path, string name, double min, double max, bool integer)
    {
        string Number(double value) => integer ? value.ToString("F0", CultureInfo.InvariantCulture) : value.ToString("R", CultureInfo.InvariantCulture);
        double beyond = integer ? 1 : 0.001;
        string[] numbers =
        [
            Number(min), Number(max), Number(min - beyond), Number(max + beyond), "-1", "0", "-0", "1", "1e-45", "0.5", "2147483648", "9007199254740993",
            "9223372036854775808", "1e999", "-1e999", "1e308",
        ];
        foreach (string text in numbers)
        {
            double value = double.Parse(text, CultureInfo.InvariantCulture);
            bool right = value >= min && value <= max && (!integer || value == Math.Truncate(value));
            await Expect(path, name, text, right);
        }

        foreach (string wrong in new[] { "\"NaN\"", "\"1\"", "[]", "{}", "true", "[1]" })
        {
            await Expect(path, name, wrong, right: false);
        }

        await Expect(path, name, "null", right: true);
    }

    [Theory]
    [InlineData(Chat, "stream")]
    [InlineData(Chat, "logprobs")]
    [InlineData(Chat, "ignore_eos")]
    [InlineData(Text, "stream")]
    [InlineData(Text, "echo")]
    [InlineData(Text, "parse_special")]
    public async Task A_flag_of_another_type(string path, string name)
    {
        foreach (string wrong in new[] { "1", "0", "\"true\"", "[]", "{}" })
        {
            await Expect(path, name, wrong, right: false);
        }

        await Expect(path, name, "null", right: true);
    }

    [Theory, Trait("Probe", "43"), Trait("Probe", "57"), Trait("Probe", "58"), Trait("Probe", "63")]
    [InlineData("max_tokens", "0", "integer_below_min_value")]
    [InlineData("max_tokens", "-1", "integer_below_min_value")]
    [InlineData("max_tokens", "2147483648", "integer_above_max_value")]
    [InlineData("max_tokens", "9223372036854775808", "integer_above_max_value")]
    [InlineData("max_tokens", "1e999", "integer_above_max_value")]
    [InlineData("max_tokens", "1.5", "invalid_type")]
    [InlineData("max_tokens", "\"5\"", "invalid_type")]
    [InlineData("max_completion_tokens", "0", "integer_below_min_value")]
    [InlineData("max_completion_tokens", "7", "invalid_parameter_combination", "max_tokens")]
    [InlineData("max_tokens", "513", "context_length_exceeded", "messages")]
    [InlineData("max_tokens", "2147483647", "context_length_exceeded", "messages")]
    [InlineData("top_logprobs", "3", "invalid_parameter_combination")]
    [InlineData("stream_options", """{"include_usage":true}""", "invalid_value")]
    [InlineData("stop", "\"\"", "invalid_value")]
    [InlineData("stop", """["a",""]""", "invalid_value", "stop[1]")]
    [InlineData("stop", """["a","b","c","d","e"]""", "array_above_max_length")]
    [InlineData("stop", "[]", "empty_array")]
    [InlineData("stop", "[1]", "invalid_type", "stop[0]")]
    [InlineData("stop", "7", "invalid_type")]
    [InlineData("stop", """["\ud800"]""", "invalid_unicode", "stop[0]")]
    [InlineData("logit_bias", "[]", "invalid_type")]
    [InlineData("logit_bias", """{"-1":1}""", "invalid_value")]
    [InlineData("logit_bias", """{"2147483648":1}""", "invalid_value")]
    [InlineData("logit_bias", """{"x":1}""", "invalid_value")]
    [InlineData("logit_bias", """{"5":101}""", "decimal_above_max_value", "logit_bias.5")]
    [InlineData("logit_bias", """{"5":-100.5}""", "decimal_below_min_value", "logit_bias.5")]
    [InlineData("logit_bias", """{"5":1e999}""", "decimal_above_max_value", "logit_bias.5")]
    [InlineData("logit_bias", """{"5":"1"}""", "invalid_type", "logit_bias.5")]
    [InlineData("logit_bias", """{"5":1,"05":1}""", "invalid_value")]
    [InlineData("service_tier", "\"gold\"", "invalid_value")]
    [InlineData("service_tier", "1", "invalid_type")]
    [InlineData("mirostat", "1", "unsupported_parameter")]
    [InlineData("mirostat", "3", "integer_above_max_value")]
    [InlineData("user", "5", "invalid_type")]
    [InlineData("metadata", "5", "invalid_type")]
    [InlineData("metadata", """{"a":5}""", "invalid_type", "metadata.a")]
    [InlineData("cache_salt", "[]", "invalid_type")]
    public async Task A_wrong_value_of_chat(string name, string value, string code, string? param = null)
    {
        JsonObject ask = ChatBody();
        ask.Remove(name);
        TestReply reply = await server.PostAsync(Chat, With(ask, name, value));
        Expect(reply, name, value, code, param ?? name);
    }

    [Theory]
    [InlineData("tools", """[{"type":"function","function":{"name":"f"}}]""")]
    [InlineData("functions", """[{"name":"f"}]""")]
    [InlineData("tool_choice", "\"required\"")]
    [InlineData("tool_choice", """{"type":"function","function":{"name":"f"}}""")]
    [InlineData("response_format", """{"type":"json_object"}""")]
    [InlineData("response_format", """{"type":"json_schema","json_schema":{"name":"x","schema":{}}}""")]
    [InlineData("response_format", "\"json\"")]
    [InlineData("modalities", """["text","audio"]""")]
    [InlineData("audio", """{"voice":"alloy","format":"wav"}""")]
    [InlineData("prediction", """{"type":"content","content":"x"}""")]
    [InlineData("web_search_options", "{}")]
    [InlineData("reasoning_effort", "\"high\"")]
    [InlineData("verbosity", "\"high\"")]
    [InlineData("store", "true")]
    [InlineData("grammar", "\"root ::= x\"")]
    [InlineData("json_schema", "{}")]
    [InlineData("guided_json", "{}")]
    [InlineData("structured_outputs", "{}")]
    [InlineData("chat_template", "\"{{ 1 }}\"")]
    [InlineData("chat_template_kwargs", """{"tokenize":true}""")]
    [InlineData("min_tokens", "5")]
    [InlineData("stop_token_ids", "[5]")]
    public async Task What_cannot_be_done_is_refused_by_name(string name, string value) =>
        Expect(await server.PostAsync(Chat, With(ChatBody(), name, value)), name, value, "unsupported_parameter", name);

    [Theory, Trait("Probe", "44"), Trait("Probe", "56"), Trait("Probe", "57")]
    [InlineData("best_of", "2", "unsupported_parameter")]
    [InlineData("best_of", "0", "integer_below_min_value")]
    [InlineData("suffix", "\"end\"", "unsupported_parameter")]
    [InlineData("max_tokens", "-1", "integer_below_min_value")]
    [InlineData("max_tokens", "600", "context_length_exceeded", "prompt")]
    [InlineData("prompt", "null", "missing_required_parameter")]
    [InlineData("prompt", "\"\"", "invalid_value")]
    [InlineData("prompt", "[]", "empty_array")]
    [InlineData("prompt", "5", "invalid_type")]
    [InlineData("prompt", "[null]", "invalid_type", "prompt[0]")]
    [InlineData("prompt", "[[]]", "empty_array", "prompt[0]")]
    [InlineData("prompt", """["a",5]""", "invalid_type", "prompt[1]")]
    [InlineData("prompt", """[5,"a"]""", "invalid_value")]
    [InlineData("prompt", "[-1]", "invalid_value")]
    [InlineData("prompt", "[1,2147483648]", "invalid_value")]
    [InlineData("prompt", "[1.5]", "invalid_value")]
    [InlineData("prompt", "[[1],[1e9]]", "invalid_value", "prompt[1]")]
    public async Task A_wrong_value_of_completions(string name, string value, string code, string? param = null)
    {
        JsonObject ask = TextBody();
        ask.Remove(name);
        Expect(await server.PostAsync(Text, With(ask, name, value)), name, value, code, param ?? name);
    }

    [Fact, Trait("Probe", "58")]
    public async Task As_many_biases_as_there_may_be_and_one_more()
    {
        string Biases(int count) => "{" + string.Join(",", Enumerable.Range(0, count).Select(id => $"\"{id}\":-1")) + "}";
        Expect(await server.PostAsync(Chat, With(ChatBody(), "logit_bias", Biases(1025))), "logit_bias", "1025", "object_above_max_properties", "logit_bias");
        Assert.Equal(200, (int)(await server.PostAsync(Chat, With(ChatBody(), "logit_bias", Biases(500)))).Status);
    }

    [Fact, Trait("Probe", "58")]
    public async Task A_ban_of_every_token_is_refused()
    {
        string all = "{" + string.Join(",", Enumerable.Range(0, 1024).Select(id => $"\"{id}\":-100")) + "}";
        TestReply reply = await server.PostAsync(Chat, With(ChatBody(), "logit_bias", all));
        Assert.Equal(400, (int)reply.Status); // some of these ids are beyond the vocabulary, or all of it is banned
        Assert.Equal("logit_bias", (string)reply.Json["error"]!["param"]!);
    }

    [Fact, Trait("Probe", "57")]
    public async Task A_prompt_that_fills_the_context_is_answered_and_one_token_more_is_refused()
    {
        string Tokens(int count) => "[" + string.Join(",", Enumerable.Repeat("70", count)) + "]";
        JsonObject ask = TextBody();
        ask.Remove("prompt");
        Assert.Equal(200, (int)(await server.PostAsync(Text, With(ask, "prompt", Tokens(511)))).Status);
        Expect(await server.PostAsync(Text, With(ask, "prompt", Tokens(512))), "prompt", "512 tokens", "context_length_exceeded", "prompt");
    }

    [Fact, Trait("Probe", "62")]
    public async Task Unknown_fields_are_ignored() =>
        Assert.Equal(200, (int)(await server.PostAsync(Chat, With(ChatBody(), "CustomHeaders", """{"$schema":[1,{"x":null}]}"""))).Status);

    async Task Expect(string path, string name, string value, bool right)
    {
        JsonObject body = path == Chat ? ChatBody() : TextBody();
        if (name == "top_logprobs")
        {
            body["logprobs"] = true;
        }

        TestReply reply = await server.PostAsync(path, With(body, name, value));
        Assert.True((int)reply.Status == (right ? 200 : 400), $"{name}: {value} gave {(int)reply.Status}: {reply.Text}");
        if (!right)
        {
            Assert.Equal(name, (string?)reply.Json["error"]!["param"]);
        }
    }

    static void Expect(TestReply reply, string name, string value, string code, string param)
    {
        Assert.True((int)reply.Status == 400, $"{name}: {value} gave {(int)reply.Status}: {reply.Text}");
        JsonNode error = reply.Json["error"]!;
        Assert.Equal("invalid_request_error", (string?)error["type"]);
        Assert.Equal((code, param), ((string?)error["code"], (string?)error["param"]));
        Assert.Empty(OpenAiSpecification.Validate("ErrorResponse", reply.Json));
    }

    static JsonObject ChatBody() => JsonNode.Parse("""{"model":"story","messages":[{"role":"user","content":"Once upon"}],"max_tokens":1}""")!.AsObject();

    static JsonObject TextBody() => JsonNode.Parse("""{"model":"story","prompt":"Once upon","max_tokens":1}""")!.AsObject();

    static string With(JsonObject body, string name, string value) => $"{body.ToJsonString()[..^1]},\"{name}\":{value}}}";
}
