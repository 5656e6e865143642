using System.Runtime.InteropServices;

namespace Millrace.Cli;

/// <summary>Turns Ctrl-C into a cancellation while it lives, so that it stops an answer and not the program.</summary>
sealed class Interrupt : IDisposable
{
    readonly CancellationTokenSource _source = new();
    readonly PosixSignalRegistration _registration;

    /// <summary>Begins to listen.</summary>
    public Interrupt() => _registration = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
    {
        context.Cancel = true;
        _source.Cancel();
    });

    /// <summary>Cancelled at the first Ctrl-C.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Stops to listen.</summary>
    public void Dispose()
    {
        _registration.Dispose();
        _source.Dispose();
    }
}
