using System.Globalization;

namespace Millrace.Cli;

/// <summary>How far something has come, on one line of standard error; silent where nobody looks, or where it is over at once.</summary>
sealed class ProgressBar(Terminal terminal, string what) : IProgress<long>, IDisposable
{
    const int Width = 30;
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(0.5);
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(0.1);

    readonly long _start = TimeProvider.System.GetTimestamp();
    TimeSpan _shown;
    bool _drawn;

    /// <summary>Bytes in all.</summary>
    public long Total { get; set; }

    /// <summary>Ends what reports.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>Says how many bytes are done.</summary>
    /// <exception cref="OperationCanceledException">It is not to go on.</exception>
    public void Report(long value)
    {
        Cancellation.ThrowIfCancellationRequested();
        TimeSpan elapsed = TimeProvider.System.GetElapsedTime(_start);
        if (!terminal.ErrorIsTerminal || Total == 0 || elapsed < Patience || elapsed - _shown < Pause)
        {
            return;
        }

        _shown = elapsed;
        _drawn = true;
        double part = Math.Min(1, (double)value / Total);
        int full = (int)(part * Width);
        terminal.Error.Write(string.Create(CultureInfo.InvariantCulture,
            $"\r{what} {new string('█', full)}{new string('░', Width - full)} {part * 100,3:0} % of {Tables.Bytes(Total)} at {Tables.Bytes(value / elapsed.TotalSeconds)}/s\u001b[K"));
    }

    /// <summary>Takes the bar away.</summary>
    public void Dispose()
    {
        if (_drawn)
        {
            terminal.Error.Write("\r\u001b[K");
            _drawn = false;
        }
    }
}
