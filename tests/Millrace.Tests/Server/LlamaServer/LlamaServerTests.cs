using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Millrace.Server.Models;

namespace Millrace.Tests.Server.LlamaServer;

/// <summary>The routes of llama-server and vLLM beside OpenAI's.</summary>
public sealed class LlamaServerTests(TestServer server) : IClassFixture<TestServer>
{
    [Theory]
    [InlineData("""{"content":"Once upon"}""", """{"tokens":[262,266]}""")]
    [InlineData("""{"content":"","add_special":true}""", """{"tokens":[]}""")]
    [InlineData("""{"content":"<s>"}""", """{"tokens":[602]}""")]
    [InlineData("""{"content":"<s>","parse_special":false}""", """{"tokens":[60,115,62]}""")]
    [InlineData("""{"content":"Once \u00e9","with_pieces":true}""", """{"tokens":[{"id":262,"piece":"Once"},{"id":32,"piece":" "},{"id":195,"piece":[195]},{"id":169,"piece":[169]}]}""")]
    [InlineData("""{"model":"story","prompt":"Once upon"}""", """{"count":2,"max_model_len":512,"tokens":[262,266],"token_strs":null}""")]
    [InlineData("""{"prompt":"Once upon","add_special_tokens":false,"return_token_strs":true}""", """{"count":2,"max_model_len":512,"tokens":[262,266],"token_strs":["Once"," upon"]}""")]
    public async Task Text_becomes_tokens_in_both_forms(string body, string expected) => Assert.Equal(expected, (await server.PostAsync("tokenize", body)).Text);

    [Fact]
    public async Task Conversation_becomes_the_tokens_that_a_chat_is_billed_for()
    {
        JsonNode tokens = (await server.PostAsync("tokenize", """{"messages":[{"role":"user","content":"Once upon"}]}""")).Json;
        JsonNode chat = (await server.PostAsync("v1/chat/completions", """{"model":"story","messages":[{"role":"user","content":"Once upon"}],"max_tokens":1}""")).Json;
        Assert.Equal((int)chat["usage"]!["prompt_tokens"]!, (int)tokens["count"]!);
    }

    [Theory]
    [InlineData("""{"tokens":[262,266]}""", "Once upon")]
    [InlineData("""{"tokens":[]}""", "")]
    [InlineData("""{"tokens":[602,262]}""", "<s>Once")]
    [InlineData("""{"tokens":[195,169]}""", "é")]
    [InlineData("""{"tokens":[195]}""", "\uFFFD")]
    public async Task Tokens_become_text_under_the_names_of_both_forms(string body, string text)
    {
        JsonObject reply = (await server.PostAsync("detokenize", body)).Json.AsObject();
        Assert.Equal(["content", "prompt"], reply.Select(field => field.Key));
        Assert.All(reply, field => Assert.Equal(text, (string?)field.Value));
    }

    [Theory]
    [InlineData("tokenize", "{}", 400, "invalid_request_error")]
    [InlineData("tokenize", """{"content":5}""", 400, "invalid_request_error")]
    [InlineData("tokenize", """{"content":"a","model":"nobody"}""", 404, "not_found_error")]
    [InlineData("tokenize", """{"messages":[]}""", 400, "invalid_request_error")]
    [InlineData("detokenize", """{"tokens":[604]}""", 400, "invalid_request_error")]
    [InlineData("detokenize", """{"tokens":[-1]}""", 400, "invalid_request_error")]
    [InlineData("detokenize", """{"tokens":[4294967296]}""", 400, "invalid_request_error")]
    [InlineData("detokenize", """{"tokens":"a"}""", 400, "invalid_request_error")]
    [InlineData("apply-template", "{}", 400, "invalid_request_error")]
    [InlineData("models/load", """{"model":"nobody"}""", 404, "not_found_error")]
    [InlineData("models/unload", "{}", 400, "invalid_request_error")]
    public async Task Errors_have_the_shape_of_llama_server(string path, string body, int code, string type)
    {
        TestReply reply = await server.PostAsync(path, body);
        JsonObject error = reply.Json["error"]!.AsObject();
        Assert.Equal(["code", "message", "type"], error.Select(field => field.Key));
        Assert.Equal(((HttpStatusCode)code, code, type), (reply.Status, (int)error["code"]!, (string?)error["type"]));
    }

    [Fact]
    public async Task Template_is_applied()
    {
        TestReply reply = await server.PostAsync("apply-template", """{"messages":[{"role":"system","content":"Be brief"},{"role":"user","content":"Once upon"}]}""");
        Assert.Equal("""{"prompt":"<s>system</s>Be brief<s>user</s>Once upon"}""", reply.Text);
    }

    [Fact]
    public async Task Properties_say_how_a_model_runs_and_not_where_it_lies()
    {
        JsonObject properties = (await server.GetAsync("props")).Json.AsObject();
        Assert.Equal(["default_generation_settings", "total_slots", "model_alias", "model_path", "chat_template", "bos_token", "eos_token", "modalities", "build_info"], properties.Select(field => field.Key));
        Assert.Equal((512, 16, "story", StoryWithTemplate.Template, "<s>"), (
            (int)properties["default_generation_settings"]!["n_ctx"]!, (int)properties["total_slots"]!, (string?)properties["model_path"], (string?)properties["chat_template"], (string?)properties["bos_token"]));
        Assert.Equal("millrace/story:f16", (string?)(await server.GetAsync("props?model=millrace/story:f16")).Json["model_alias"]);
        Assert.Equal(HttpStatusCode.NotFound, (await server.GetAsync("props?model=nobody")).Status);
    }

    [Fact]
    public async Task Slots_are_busy_while_requests_run()
    {
        JsonArray slots = (await server.GetAsync("slots")).Json.AsArray();
        Assert.Equal(16, slots.Count);
        Assert.Equal("""{"id":3,"id_task":-1,"n_ctx":512,"speculative":false,"is_processing":false}""", slots[3]!.ToJsonString());
        ModelRegistry registry = server.Services.GetRequiredService<ModelRegistry>();
        List<ModelLease> held = [];
        for (int i = 0; i < 16; i++)
        {
            held.Add(await registry.AcquireAsync("story", TestContext.Current.CancellationToken));
        }

        TestReply full = await server.GetAsync("slots?fail_on_no_slot=1");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "unavailable_error"), (full.Status, (string?)full.Json["error"]!["type"]));
        Assert.All((await server.GetAsync("slots")).Json.AsArray(), slot => Assert.True((bool)slot!["is_processing"]!));
        held.ForEach(lease => lease.Dispose());
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("slots?fail_on_no_slot=1")).Status);
    }

    [Fact]
    public async Task Models_are_loaded_and_unloaded_by_name()
    {
        foreach ((string load, string unload) in new[] { ("v1/models/millrace/story:f16/load", "v1/models/millrace/story:f16/unload"), ("models/load", "models/unload"), ("v1/models/load", "v1/models/unload") })
        {
            Assert.Equal("""{"success":true}""", (await server.PostAsync(load, """{"model":"millrace/story:f16"}""")).Text);
            Assert.Contains("millrace/story:f16", (await server.GetAsync("api/ps")).Text, StringComparison.Ordinal);
            Assert.Equal("""{"success":true}""", (await server.PostAsync(unload, """{"model":"millrace/story:f16"}""")).Text);
            Assert.DoesNotContain("millrace/story:f16", (await server.GetAsync("api/ps")).Text, StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await server.PostAsync("v1/models/story/burn", "{}")).Status);
    }

    [Fact]
    public async Task Health_is_bad_while_the_models_of_the_start_load()
    {
        Assert.Equal("""{"status":"ok"}""", (await server.GetAsync("health")).Text);
        ModelRegistry registry = server.Services.GetRequiredService<ModelRegistry>();
        await registry.UnloadAsync("story", TestContext.Current.CancellationToken);
        using ManualResetEventSlim go = new();
        registry.LoadEngine = (file, options, progress) =>
        {
            go.Wait();
            return Engine.Load(file, options, progress);
        };
        Task loading = registry.PreloadAsync(["story"], TestContext.Current.CancellationToken);
        TestReply reply = await server.GetAsync("health");
        go.Set();
        await loading;
        registry.LoadEngine = Engine.Load;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, reply.Status);
        Assert.Equal("""{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}""", reply.Text);
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("v1/health")).Status);
        Assert.Equal("0.1.0", (string?)(await server.GetAsync("version")).Json["version"]);
    }
}
