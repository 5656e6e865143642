using Millrace.Server.Hosting;
using Millrace.Server.Keys;

namespace Millrace.Server.Inference;

/// <summary>Looks now and then at the requests that run, and ends those whose key was revoked or whose reader does not read.</summary>
sealed class RequestWatch : IDisposable
{
    /// <summary>How often it looks.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    readonly RunningRequests _running;
    readonly KeyStore _keys;
    readonly ServerOptions _options;
    readonly TimeProvider _clock;
    readonly ITimer _timer;

    public RequestWatch(RunningRequests running, KeyStore keys, ServerOptions options)
    {
        _running = running;
        _keys = keys;
        _options = options;
        _clock = options.TimeProvider;
        _timer = _clock.CreateTimer(static watch => ((RequestWatch)watch!).Look(), this, Period, Period);
    }

    public void Dispose() => _timer.Dispose();

    void Look()
    {
        foreach (InferenceRun run in _running.All)
        {
            if (run.Caller.KeyId is { } key && !_keys.IsLive(key))
            {
                run.Abort(new(Refusal.Unauthorized, "The API key was revoked"));
            }

            if (run.HeldSince is var since and not 0 && _clock.GetElapsedTime(since) > _options.WriteTimeout)
            {
                run.Caller.Disconnect?.Invoke();
                run.Abort(new(Refusal.Unavailable, "The answer was not read in time"));
            }
        }
    }
}
