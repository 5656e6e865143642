namespace Millrace.Server.Store;

/// <summary>Tries again, after ever longer pauses.</summary>
static class Patience
{
    /// <summary>Does what may fail on the way.</summary>
    /// <exception cref="StoreException">It failed as often as may be, or the server asks for too long a pause.</exception>
    public static async Task<T> RetryAsync<T>(PullOptions options, Func<Task<T>> attempt, CancellationToken cancellation)
    {
        for (int tries = 1; ; tries++)
        {
            try
            {
                return await attempt();
            }
            catch (TransferException exception)
            {
                await PauseAsync(options, tries, exception, cancellation);
            }
        }
    }

    /// <summary>Waits before the next try.</summary>
    /// <exception cref="StoreException">There shall be none.</exception>
    public static async Task PauseAsync(PullOptions options, int tries, TransferException failure, CancellationToken cancellation)
    {
        if (tries >= options.Attempts)
        {
            throw new StoreException($"{failure.Message} (tried {tries} times; what is there is kept, and a new pull goes on from it)");
        }

        TimeSpan pause = options.FirstPause * Math.Pow(2, tries - 1);
        pause = failure.RetryAfter is { } wish && wish > pause ? wish : pause < options.LongestPause ? pause : options.LongestPause;
        if (pause > options.LongestPause)
        {
            throw new StoreException($"{failure.Message}, and asks to wait {pause.TotalSeconds:0} s");
        }

        await Task.Delay(pause, cancellation);
    }
}
