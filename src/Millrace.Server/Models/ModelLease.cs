using Millrace.Server.Hosting;

namespace Millrace.Server.Models;

/// <summary>A loaded model that stays loaded until this is given back.</summary>
public sealed class ModelLease(ModelOptions options, Engine engine, Action release) : IDisposable
{
    int _released;

    /// <summary>The name that requests give.</summary>
    public string Name => options.Name;

    /// <summary>How it runs.</summary>
    public ModelOptions Options => options;

    /// <summary>What answers.</summary>
    public Engine Engine => engine;

    /// <summary>Gives it back.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _released, 1) == 0)
        {
            release();
        }
    }
}
