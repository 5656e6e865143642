using Microsoft.Extensions.Time.Testing;
using Millrace.Server.Hosting;
using Millrace.Server.Models;

namespace Millrace.Tests.Server.Models;

/// <summary>A folder with copies of the known story under names of their own, and a registry that offers them, with a clock that stands still.</summary>
sealed class ModelFolder : IAsyncDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly List<ModelRegistry> _registries = [];

    public ModelFolder(params string[] names)
    {
        foreach (string name in names)
        {
            File.Copy(KnownStory.Path, PathOf(name));
        }
    }

    public FakeTimeProvider Clock { get; } = new();

    public string PathOf(string name) => _folder.Path(name + ".gguf");

    public ServerOptions Options(Func<ServerOptions, ServerOptions>? change = null)
    {
        ServerOptions options = new()
        {
            Home = _folder.Path("home"),
            ModelFolders = [_folder.Path()],
            FolderSettings = new() { Context = 256, Parallel = 2, Threads = 1 },
            TimeProvider = Clock,
            FirstToken = default, // nobody is refused for a wait that another test's work makes long
        };
        return change is null ? options : change(options);
    }

    public ModelRegistry Registry(Func<ServerOptions, ServerOptions>? change = null)
    {
        ModelRegistry registry = new(Options(change));
        _registries.Add(registry);
        return registry;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ModelRegistry registry in _registries)
        {
            await registry.DisposeAsync();
        }

        _folder.Dispose();
    }
}
