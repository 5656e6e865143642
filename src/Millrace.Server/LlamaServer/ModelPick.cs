using Microsoft.AspNetCore.Http;
using Millrace.Server.Inference;
using Millrace.Server.Models;

namespace Millrace.Server.LlamaServer;

/// <summary>Which model a request means: the one it names, or the first of the server's.</summary>
sealed class ModelPick(ModelRegistry registry)
{
    /// <summary>The name.</summary>
    /// <exception cref="InferenceException">The request names none, and the server was started without one.</exception>
    public string Name(string? named) => named ?? (registry.Models is [{ Name: var first }, ..]
        ? first
        : throw new InferenceException(Refusal.Invalid, "The request must name a model: the server was started without one") { Parameter = "model" });

    /// <summary>Takes it.</summary>
    /// <exception cref="InferenceException">There is no such model, or it cannot be loaded, or the server is still starting.</exception>
    public ValueTask<ModelLease> AcquireAsync(string? named, HttpContext context)
    {
        ThrowIfStarting();
        return registry.AcquireAsync(Name(named), context.RequestAborted);
    }

    /// <summary>Refuses while the models of the start are loading, as llama-server does.</summary>
    public void ThrowIfStarting()
    {
        if (registry.IsStarting)
        {
            throw new InferenceException(Refusal.Unavailable, "Loading model") { RetryAfter = TimeSpan.FromSeconds(1) };
        }
    }
}
