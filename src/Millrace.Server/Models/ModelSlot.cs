using Millrace.Devices;
using Millrace.Devices.Cpu;
using Millrace.Server.Hosting;

namespace Millrace.Server.Models;

/// <summary>A model on its way into memory, in it, or on its way out. The registry's lock guards it.</summary>
sealed class ModelSlot(ModelOptions options, TimeSpan keepAlive)
{
    TaskCompletionSource? _idle;

    public ModelOptions Options => options;

    /// <summary>Completes when the model is loaded; fails with the refusal of whoever waits.</summary>
    public Task Loading { get; set; } = Task.CompletedTask;

    /// <summary>Completes when the model is gone; null while it is to stay.</summary>
    public Task? Unloading { get; set; }

    /// <summary>What answers; null until it is loaded.</summary>
    public Engine? Engine { get; set; }

    /// <summary>Measures the energy of its steps, where the machine does; goes with the engine.</summary>
    public EnergyMeter? EnergyMeter { get; set; }

    /// <summary>What it takes; null until it is loaded.</summary>
    public CpuMemoryNeeds? Needs { get; set; }

    /// <summary>What its header said when it was read; null until it is loaded.</summary>
    public ModelDetails? Details { get; set; }

    /// <summary>Whether its files have changed since; it serves what was loaded.</summary>
    public bool IsChanged { get; set; }

    /// <summary>Bytes of weights read so far.</summary>
    public long BytesRead;

    /// <summary>Bytes of weights in all; 0 until that is known.</summary>
    public long BytesTotal { get; set; }

    /// <summary>How long it stays after its last request.</summary>
    public TimeSpan KeepAlive { get; set; } = keepAlive;

    /// <summary>When it was last given back, by the clock that never jumps.</summary>
    public long LastUsed { get; set; }

    /// <summary>Requests that hold it or wait for it.</summary>
    public int Leases { get; private set; }

    public bool IsPinned => KeepAlive == Timeout.InfiniteTimeSpan;

    /// <summary>One more request.</summary>
    public void Hold() => Leases++;

    /// <summary>One request less.</summary>
    public void Drop()
    {
        if (--Leases == 0)
        {
            _idle?.TrySetResult();
        }
    }

    /// <summary>Completes when no request holds it; asked once it is on its way out, when no new ones come.</summary>
    public Task WhenIdle()
    {
        _idle ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Leases == 0)
        {
            _idle.TrySetResult();
        }

        return _idle.Task;
    }
}
