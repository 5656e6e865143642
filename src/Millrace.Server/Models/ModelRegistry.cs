using Millrace.Devices.Cpu;
using Millrace.Formats;
using Millrace.Server.Hosting;
using Millrace.Server.Inference;

namespace Millrace.Server.Models;

/// <summary>The models that the server offers. Each is loaded when it is first asked for.</summary>
public sealed class ModelRegistry(ServerOptions options) : IAsyncDisposable
{
    const int DefaultContext = 4096;

    readonly Dictionary<string, Lazy<Task<Engine>>> _engines =
        options.Models.ToDictionary(model => model.Name, model => new Lazy<Task<Engine>>(() => Task.Run(() => Load(model))));

    /// <summary>The models, in the order they were given.</summary>
    public IReadOnlyList<ModelOptions> Models => options.Models;

    /// <summary>Takes a model, and loads it where it is not.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Stops the waiting, not the loading.</param>
    /// <exception cref="InferenceException">There is no such model, or it cannot be loaded.</exception>
    public async ValueTask<ModelLease> AcquireAsync(string name, CancellationToken cancellationToken)
    {
        ModelOptions model = Models.FirstOrDefault(model => model.Name == name)
            ?? throw new InferenceException(Refusal.ModelNotFound, $"The model '{name}' does not exist") { Parameter = "model" };
        return new ModelLease(model, await _engines[name].Value.WaitAsync(cancellationToken), static () => { });
    }

    /// <summary>Unloads all.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (Lazy<Task<Engine>> engine in _engines.Values.Where(engine => engine.IsValueCreated))
        {
            await (await engine.Value).DisposeAsync();
        }
    }

    static Engine Load(ModelOptions model)
    {
        using ModelFile file = ModelFile.Open(model.Path);
        int trained = file.Metadata.Int($"{file.Metadata.String("general.architecture")}.context_length", DefaultContext, 1);
        int context = model.Context ?? Math.Min(trained, DefaultContext);
        return Engine.Load(file, new EngineOptions
        {
            MaxSequences = model.Parallel,
            Device = new CpuOptions
            {
                Threads = model.Threads ?? Environment.ProcessorCount,
                Context = context,
                KvType = model.KvType,
                KvBlocks = checked((context + 31) / 32 * model.Parallel),
            },
        });
    }
}
