using Microsoft.AspNetCore.Http;
using Millrace.Server.Inference;
using Millrace.Server.Keys;
using Millrace.Server.Models;
using Millrace.Server.OpenAi;

namespace Millrace.Server.Ollama;

/// <summary>Finds and takes models by the names that Ollama's clients give: with a tag, or without one, which means <c>latest</c>. How long a model stays is for those to say who may load and unload models; of others it is not heard.</summary>
sealed class OllamaModels(ModelRegistry registry)
{
    const string Latest = ":latest";

    /// <summary>A model's name as Ollama writes it.</summary>
    public static string NameOf(ModelStatus model) => model.Name.Contains(':', StringComparison.Ordinal) ? model.Name : model.Name + Latest;

    /// <summary>The registry's name of a model.</summary>
    /// <exception cref="InferenceException">There is no such model.</exception>
    public string Resolve(string name)
    {
        string bare = name.EndsWith(Latest, StringComparison.Ordinal) ? name[..^Latest.Length] : name;
        return registry.Offers(name) ? name
            : registry.Offers(bare) ? bare
            : throw new InferenceException(Refusal.ModelNotFound, $"model '{ModelRegistry.Shown(name)}' not found") { Parameter = "model" };
    }

    /// <summary>Takes the model of a request.</summary>
    /// <exception cref="InferenceException">There is no such model, or it cannot be loaded.</exception>
    public ValueTask<ModelLease> AcquireAsync(OllamaRequest request, HttpContext context) =>
        registry.AcquireAsync(Resolve(request.Model), MayManage(context) ? request.KeepAlive : null, context.RequestAborted);

    /// <summary>Answers a request without content: it loads the model, or, where it is not to stay, unloads it.</summary>
    /// <returns>The reason by which the answer ends.</returns>
    /// <exception cref="InferenceException">There is no such model, or it cannot be loaded.</exception>
    public async Task<string> LoadOrUnloadAsync(OllamaRequest request, HttpContext context)
    {
        if (request.KeepAlive == TimeSpan.Zero)
        {
            if (!MayManage(context))
            {
                throw new InferenceException(Refusal.Forbidden, "this key may not unload models: it needs the scope admin");
            }

            await registry.UnloadAsync(Resolve(request.Model), context.RequestAborted);
            return "unload";
        }

        (await AcquireAsync(request, context)).Dispose();
        return "load";
    }

    static bool MayManage(HttpContext context) => context.Caller.Scopes.HasFlag(KeyScopes.Admin);
}
