using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Millrace.Scheduling;
using Millrace.Server.Keys;
using Millrace.Server.Models;

namespace Millrace.Tests.Server.Ollama;

/// <summary>Who may load and unload models.</summary>
public sealed class ModelScopeTests
{
    [Fact]
    public async Task Only_admins_unload_models_or_say_how_long_they_stay()
    {
        await using TestServer server = new();
        await server.InitializeAsync();
        KeyStore keys = server.Services.GetRequiredService<KeyStore>();
        string user = keys.Add("user", "t", KeyScopes.Inference, ServiceClass.Standard, KeyLimits.None).Text;
        string admin = keys.Add("admin", "t", KeyScopes.Inference | KeyScopes.Admin, ServiceClass.Standard, KeyLimits.None).Text;
        ModelRegistry registry = server.Services.GetRequiredService<ModelRegistry>();
        async Task<TestReply> Post(string key, string path, string body)
        {
            HttpRequestMessage request = new(HttpMethod.Post, path) { Content = new StringContent(body, null, "application/json") };
            request.Headers.Add("Authorization", "Bearer " + key);
            return await server.SendAsync(request);
        }

        Assert.Equal(HttpStatusCode.OK, (await Post(user, "api/generate", """{"model":"story","prompt":"Once upon","keep_alive":0,"options":{"num_predict":1}}""")).Status);
        Assert.Equal(ModelState.Loaded, registry.Find("story")!.State); // the operator's own setting holds
        foreach (string path in new[] { "models/load", "models/unload", "v1/models/story/unload", "api/pull" })
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await Post(user, path, """{"model":"story"}""")).Status);
        }

        OllamaAnswerTests.Refused(await Post(user, "api/generate", """{"model":"story","keep_alive":0}"""), HttpStatusCode.Forbidden, "admin");
        Assert.Equal(HttpStatusCode.OK, (await Post(admin, "api/generate", """{"model":"story","keep_alive":0}""")).Status);
        Assert.Equal(ModelState.Unloaded, registry.Find("story")!.State);
        Assert.Equal(HttpStatusCode.OK, (await Post(admin, "v1/models/story/load", "{}")).Status);
        Assert.Equal(ModelState.Loaded, registry.Find("story")!.State);
    }
}
