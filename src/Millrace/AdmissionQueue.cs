namespace Millrace;

/// <summary>Counts what waits for its first step, refuses what is too much, and measures how fast requests begin. Thread-safe.</summary>
sealed class AdmissionQueue(EngineOptions options)
{
    const double Smoothing = 0.1; // of an interval between two beginnings, in the moving mean

    readonly Lock _lock = new();
    int _requests;
    long _tokens;
    long _lastStart;
    double _interval; // seconds between two beginnings; 0 before there were two

    /// <summary>Requests that wait.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Takes requests in.</summary>
    /// <exception cref="EngineBusyException">There is no room.</exception>
    public void Enter(int requests, int promptTokens)
    {
        lock (_lock)
        {
            Check(0, requests, promptTokens);
            _requests += requests;
            _tokens += promptTokens;
        }
    }

    /// <summary>Refuses what would not be taken in.</summary>
    /// <param name="coming">Requests that will have come before.</param>
    /// <param name="requests">Requests that come together.</param>
    /// <param name="promptTokens">Tokens of their prompts.</param>
    /// <exception cref="EngineBusyException">There is no room.</exception>
    public void Check(int coming, int requests, int promptTokens)
    {
        lock (_lock)
        {
            int waiting = _requests + coming;
            int over = Math.Max(0, waiting + requests - options.MaxQueuedRequests);
            // What is larger than a bound by itself comes in where nothing else waits.
            if (waiting > 0 && (over > 0 || _tokens + promptTokens > options.MaxQueuedTokens))
            {
                throw new EngineBusyException(_requests, _tokens, RoomIn(over));
            }
        }
    }

    /// <summary>A request has begun, or ended before it began.</summary>
    public void Leave(Generation generation, bool started)
    {
        lock (_lock)
        {
            _requests--;
            _tokens -= generation.Choice == 0 ? generation.Prompt.Length : 0;
            if (started)
            {
                long now = options.TimeProvider.GetTimestamp();
                if (_lastStart != 0)
                {
                    double interval = options.TimeProvider.GetElapsedTime(_lastStart, now).TotalSeconds;
                    _interval = _interval == 0 ? interval : _interval + Smoothing * (interval - _interval);
                }

                _lastStart = now;
            }
        }
    }

    /// <summary>When so many places should be free and some to spare, as others will come for them too.</summary>
    TimeSpan RoomIn(int over) => TimeSpan.FromSeconds(_interval == 0 ? 1 : Math.Min(3600, (over + _requests / 4 + 1) * _interval));
}
