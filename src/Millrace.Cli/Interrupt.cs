using System.Runtime.InteropServices;

namespace Millrace.Cli;

/// <summary>Turns Ctrl-C into a cancellation while it lives, so that it stops an answer and not the program. Where none lives, Ctrl-C ends the program with its exit code.</summary>
sealed class Interrupt : IDisposable
{
    static int _living;

    readonly CancellationTokenSource _source = new();
    readonly PosixSignalRegistration _registration;

    /// <summary>Begins to listen.</summary>
    public Interrupt()
    {
        Interlocked.Increment(ref _living);
        _registration = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            _source.Cancel();
        });
    }

    /// <summary>Lets Ctrl-C end the program with an exit code as long as no interrupt lives.</summary>
    public static PosixSignalRegistration ExitWith(int code) => PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
    {
        context.Cancel = true;
        if (Volatile.Read(ref _living) == 0)
        {
            Environment.Exit(code);
        }
    });

    /// <summary>Cancelled at the first Ctrl-C.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Stops to listen.</summary>
    public void Dispose()
    {
        _registration.Dispose();
        Interlocked.Decrement(ref _living);
        _source.Dispose();
    }
}
