using Millrace.Server.Hosting;

namespace Millrace.Server.Models;

/// <summary>A loaded model that stays loaded until this is given back.</summary>
public sealed class ModelLease(ModelOptions options, Engine engine, Action release) : IDisposable
{
    readonly Holds _holds = new(release);
    int _released;

    ModelLease(ModelLease other)
        : this(other.Options, other.Engine, static () => { }) => _holds = other._holds;

    /// <summary>The name that requests give.</summary>
    public string Name => options.Name;

    /// <summary>How it runs.</summary>
    public ModelOptions Options => options;

    /// <summary>What answers.</summary>
    public Engine Engine => engine;

    /// <summary>Another lease of the same model, to be given back by itself.</summary>
    public ModelLease Share()
    {
        Interlocked.Increment(ref _holds.Count);
        return new(this);
    }

    /// <summary>Gives it back.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _released, 1) == 0 && Interlocked.Decrement(ref _holds.Count) == 0)
        {
            _holds.Release();
        }
    }

    sealed class Holds(Action release)
    {
        public int Count = 1;

        public Action Release => release;
    }
}
