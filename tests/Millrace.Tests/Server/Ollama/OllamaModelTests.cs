using System.Net;
using System.Text.Json.Nodes;
using Millrace.Cli;

namespace Millrace.Tests.Server.Ollama;

/// <summary>What Ollama's clients ask about models, and how they load and unload them.</summary>
public sealed class OllamaModelTests : IAsyncLifetime
{
    readonly TemporaryFolder _models = new();
    readonly TestServer _server;

    public OllamaModelTests()
    {
        File.Copy(KnownStory.Path, _models.Path("other.gguf"));
        File.WriteAllText(_models.Path("broken.gguf"), "no model");
        _server = new() { Configure = options => options with { ModelFolders = [_models.Path()], FolderSettings = new() { Context = 128, Threads = 1, Parallel = 1 } } };
    }

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _models.Dispose();
    }

    [Fact]
    public async Task Tags_are_the_models_on_disk()
    {
        JsonArray models = (await _server.GetAsync("api/tags")).Json["models"]!.AsArray();
        Assert.Equal(["story:latest", "millrace/story:f16", "other:latest"], models.Select(model => (string?)model!["name"])); // the broken one is not among them
        foreach (JsonNode? model in models)
        {
            Assert.Equal(["name", "model", "modified_at", "size", "digest", "details"], model!.AsObject().Select(field => field.Key));
            Assert.Equal(["parent_model", "format", "family", "families", "parameter_size", "quantization_level"], model["details"]!.AsObject().Select(field => field.Key));
            Assert.Equal(("gguf", "llama", "466K", "F16"), ((string?)model["details"]!["format"], (string?)model["details"]!["family"], (string?)model["details"]!["parameter_size"], (string?)model["details"]!["quantization_level"]));
            Assert.Matches("^[0-9a-f]{64}$", (string?)model["digest"]);
        }

        Assert.Equal(new FileInfo(KnownStory.Path).Length, (long)models[2]!["size"]!);
    }

    [Fact]
    public async Task Model_is_loaded_by_an_empty_prompt_listed_and_unloaded_by_keep_alive_0()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await _server.PostAsync("api/generate", """{"model":"nobody"}""")).Status);
        Assert.Empty(await Running());
        Same("""{"model":"other","response":"","done_reason":"load","done":true}""", await Post("api/generate", """{"model":"other","keep_alive":"10m"}"""));
        JsonNode running = Assert.Single(await Running())!;
        Assert.Equal(["name", "model", "size", "digest", "details", "expires_at", "size_vram", "context_length"], running.AsObject().Select(field => field.Key));
        Assert.Equal(("other:latest", 0, 128), ((string?)running["name"], (int)running["size_vram"]!, (int)running["context_length"]!));
        Assert.InRange((DateTimeOffset)running["expires_at"]! - DateTimeOffset.UtcNow, TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(10));
        Same("""{"model":"other:latest","message":{"role":"assistant","content":""},"done_reason":"load","done":true}""", await Post("api/chat", """{"model":"other:latest","messages":[],"keep_alive":-1}"""));
        Assert.True((DateTimeOffset)(await Running())[0]!["expires_at"]! > DateTimeOffset.UtcNow.AddYears(200));
        Same("""{"model":"other","message":{"role":"assistant","content":""},"done_reason":"unload","done":true}""", await Post("api/chat", """{"model":"other","keep_alive":0}"""));
        Assert.Empty(await Running());
    }

    [Theory]
    [InlineData("""{"model":"other"}""")]
    [InlineData("""{"name":"other:latest","verbose":false}""")]
    public async Task Show_tells_what_the_header_says(string body)
    {
        JsonNode model = await Post("api/show", body);
        Assert.Equal(["modelfile", "parameters", "template", "details", "model_info", "capabilities", "modified_at"], model.AsObject().Select(field => field.Key));
        Assert.Equal(("llama", 2048, 465664), ((string?)model["model_info"]!["general.architecture"], (int)model["model_info"]!["llama.context_length"]!, (int)model["model_info"]!["general.parameter_count"]!));
        Assert.True(model["model_info"]!.AsObject().ContainsKey("tokenizer.ggml.tokens"));
        Assert.Null(model["model_info"]!["tokenizer.ggml.tokens"]);
        Assert.DoesNotContain(_models.Path(), model.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_verbose_has_the_vocabulary_and_the_tensors()
    {
        JsonNode model = await Post("api/show", """{"model":"other","verbose":true}""");
        Assert.Equal(604, model["model_info"]!["tokenizer.ggml.tokens"]!.AsArray().Count);
        Assert.Contains(model["tensors"]!.AsArray(), tensor => (string?)tensor!["name"] == "token_embd.weight" && (string?)tensor["type"] == "F16");
        JsonNode story = await Post("api/show", """{"model":"story"}""");
        Assert.Equal(StoryWithTemplate.Template, (string?)story["template"]);
    }

    [Fact]
    public async Task Broken_model_is_refused_when_it_is_asked_for()
    {
        TestReply reply = await _server.PostAsync("api/generate", """{"model":"broken","prompt":"a"}""");
        OllamaAnswerTests.Refused(reply, HttpStatusCode.ServiceUnavailable, "cannot be loaded");
        Assert.Equal("5", reply.Headers["Retry-After"]);
        OllamaAnswerTests.Refused(await _server.PostAsync("api/show", """{"model":"broken"}"""), HttpStatusCode.ServiceUnavailable, "cannot be read");
        Assert.Equal(HttpStatusCode.OK, (await _server.PostAsync("api/generate", """{"model":"other","prompt":"a","options":{"num_predict":1}}""")).Status);
    }

    [Theory]
    [InlineData("POST", "api/create")]
    [InlineData("POST", "api/copy")]
    [InlineData("POST", "api/push")]
    public async Task What_is_not_there_says_so(string method, string path) =>
        OllamaAnswerTests.Refused(await _server.SendAsync(new HttpRequestMessage(new HttpMethod(method), path)), HttpStatusCode.NotImplemented, "not supported");

    [Fact]
    public async Task List_of_openai_says_where_each_model_stands()
    {
        await Post("api/generate", """{"model":"other"}""");
        JsonArray models = (await _server.GetAsync("v1/models")).Json["data"]!.AsArray();
        JsonNode other = models.Single(model => (string?)model!["id"] == "other")!;
        Assert.Equal("""{"n_ctx_train":2048,"n_embd":256,"n_params":465664,"size":948960,"quantization":"F16"}""", other["meta"]!.ToJsonString());
        Assert.Equal("""{"value":"loaded","progress":1,"changed":false}""", other["status"]!.ToJsonString());
        Assert.Equal(128, (int)other["max_model_len"]!);
        JsonNode broken = models.Single(model => (string?)model!["id"] == "broken")!;
        Assert.Equal(("unloaded", null, null), ((string?)broken["status"]!["value"], broken["meta"], broken["max_model_len"]));
    }

    [Fact]
    public async Task Clients_find_out_that_it_runs()
    {
        Assert.Equal("Ollama is running", (await _server.GetAsync("")).Text);
        Assert.Equal(HttpStatusCode.OK, (await _server.SendAsync(new HttpRequestMessage(HttpMethod.Head, ""))).Status);
        Assert.True(Version.TryParse((string?)(await _server.GetAsync("api/version")).Json["version"], out _));
    }

    async Task<JsonArray> Running() => (await _server.GetAsync("api/ps")).Json["models"]!.AsArray();

    async Task<JsonNode> Post(string path, string body)
    {
        TestReply reply = await _server.PostAsync(path, body);
        Assert.True(reply.Status == HttpStatusCode.OK, reply.Text);
        return reply.Json;
    }

    static void Same(string expected, JsonNode found)
    {
        found.AsObject().Remove("created_at");
        Assert.Equal(expected, found.ToJsonString());
    }
}
