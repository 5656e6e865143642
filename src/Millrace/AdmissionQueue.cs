using Millrace.Scheduling;

namespace Millrace;

/// <summary>Counts what waits for its first step and what runs, and refuses what is too much or would wait too long. Thread-safe.</summary>
/// <remarks>
/// <para>The wait is estimated from how long requests hold a place, R on average: with all N places taken one comes free every R/N (Little 1961), whatever it is that takes the time. Requests under way stand at random points of theirs, so k of them have ended after about k·R/(N + 1), give or take √k·R/(N + 1). The estimate is (k + 2√k)·R/(N + 1), which about nineteen in twenty keep. Where the oldest of those that run is younger than R, all having begun together, what is missing is added: none is likely to end before.</para>
/// <para>R is that of the requests that run, by class: a running mean over those of the class that have ended, or the mean age of those that run where that is more, so that requests that became long are noticed before the first of them ends. Lower classes do not count: they make room.</para>
/// </remarks>
sealed class AdmissionQueue(EngineOptions options)
{
    const double Gain = 0.05; // of a new measurement in a running mean

    readonly Lock _lock = new();
    readonly Dictionary<(ServiceClass Class, long Tenant), int> _waiting = [];
    readonly Places[] _running = new Places[(int)ServiceClass.Realtime + 1];
    readonly List<Generation> _begun = new(options.MaxSequences); // those that run, the oldest first
    int _requests;
    long _tokens;
    double _prompts, _prefill; // mean tokens of a prompt, and mean seconds from its first step to its first token

    /// <summary>Requests that wait.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Takes requests in, of one class and tenant.</summary>
    /// <exception cref="EngineBusyException">There is no room.</exception>
    public void Enter(IReadOnlyList<Generation> generations)
    {
        GenerationRequest first = generations[0].Request;
        int tokens = generations.Sum(Tokens);
        lock (_lock)
        {
            Check(0, generations.Count, tokens, first.Class, first.Tenant);
            foreach (Generation generation in generations)
            {
                Count(generation, 1);
            }
        }
    }

    /// <summary>Refuses what would not be taken in.</summary>
    /// <param name="coming">Requests that will have come before.</param>
    /// <param name="requests">Requests that come together.</param>
    /// <param name="promptTokens">Tokens of their prompts.</param>
    /// <param name="serviceClass">Their class.</param>
    /// <param name="tenant">Whose they are.</param>
    /// <exception cref="EngineBusyException">There is no room.</exception>
    public void Check(int coming, int requests, int promptTokens, ServiceClass serviceClass, long tenant)
    {
        lock (_lock)
        {
            int waiting = _requests + coming;
            int over = Math.Max(0, waiting + requests - options.MaxQueuedRequests);
            // What is larger than a bound by itself comes in where nothing else waits.
            if (waiting > 0 && (over > 0 || _tokens + promptTokens > options.MaxQueuedTokens))
            {
                throw Busy(over + _requests / 4, serviceClass);
            }

            if (options.Targets.FirstToken.Of(serviceClass) is { } target)
            {
                CheckWait(Before(serviceClass, tenant) + coming, serviceClass, target.TotalSeconds, promptTokens);
            }
        }
    }

    /// <summary>A request that waited has begun.</summary>
    public void Begin(Generation generation)
    {
        lock (_lock)
        {
            Count(generation, -1);
            ref Places places = ref _running[(int)generation.Request.Class];
            places.Taken++;
            places.Begun += generation.Began;
            _begun.Add(generation);
        }
    }

    /// <summary>A request has ended, begun or not.</summary>
    public void End(Generation generation)
    {
        lock (_lock)
        {
            if (!generation.Started)
            {
                Count(generation, -1);
                return;
            }

            ref Places places = ref _running[(int)generation.Request.Class];
            places.Taken--;
            places.Begun -= generation.Began;
            _begun.Remove(generation);
            Learn(ref places.Held, options.TimeProvider.GetElapsedTime(generation.Began).TotalSeconds);
            if (generation is { Choice: 0, FirstToken: { } firstToken })
            {
                Learn(ref _prompts, generation.Prompt.Length);
                Learn(ref _prefill, options.TimeProvider.GetElapsedTime(generation.Began, firstToken).TotalSeconds);
            }
        }
    }

    /// <summary>Requests that will begin before one that comes now: those of higher classes, those of its tenant, and of each other tenant as many as get their turn before.</summary>
    int Before(ServiceClass serviceClass, long tenant)
    {
        int own = _waiting.GetValueOrDefault((serviceClass, tenant));
        int before = 0;
        foreach (((ServiceClass Class, long Tenant) key, int count) in _waiting)
        {
            before += key.Class < serviceClass ? 0
                : key.Class > serviceClass || key.Tenant == tenant ? count
                : Math.Min(count, own + 1);
        }

        return before;
    }

    /// <summary>Refuses a request whose first token would come too late. What finds a place is never refused, and the computing of its own prompt counts for half of the target at most: a long prompt is not refused for its length.</summary>
    void CheckWait(int before, ServiceClass serviceClass, double target, int promptTokens)
    {
        int taken = 0;
        bool known = false;
        foreach (Places running in _running.AsSpan((int)serviceClass..))
        {
            taken += running.Taken;
            known |= running.Held > 0;
        }

        int places = options.MaxSequences;
        int needed = taken + before + 1 - places;
        (double held, double lead) = Held(serviceClass);
        double own = _prompts == 0 ? 0 : Math.Min(target / 2, promptTokens * _prefill / _prompts);
        double room = Math.Max(0, target - own - lead);
        // How many may be needed at most: (k + 2√k)·R/(N + 1) solved for k. While nothing has ended, one for each place.
        double fit = held == 0 ? places : Math.Pow(Math.Sqrt(1 + room * (places + 1) / held) - 1, 2);
        int most = (int)Math.Min(fit, known ? int.MaxValue : places);
        if (needed > most)
        {
            throw Busy(needed - most, serviceClass);
        }
    }

    /// <summary>The refusal of what could come once so many places were given free, and two to spare: others will come for them too.</summary>
    EngineBusyException Busy(int places, ServiceClass serviceClass)
    {
        (double held, double lead) = Held(serviceClass);
        double wait = (places + 2 + 2 * Math.Sqrt(places + 2)) * held / (options.MaxSequences + 1) + lead;
        return new(_requests, _tokens, TimeSpan.FromSeconds(held == 0 ? 1 : Math.Min(3600, wait)));
    }

    /// <summary>Seconds that a request holds a place which one of a class must wait for, 0 where that is not known; and those before the first is likely to be given free.</summary>
    (double Held, double Lead) Held(ServiceClass serviceClass)
    {
        long now = options.TimeProvider.GetTimestamp();
        double sum = 0;
        int taken = 0;
        foreach (Places running in _running.AsSpan((int)serviceClass..))
        {
            if (running.Taken > 0)
            {
                double age = (double)(now - running.Begun / running.Taken) / options.TimeProvider.TimestampFrequency;
                sum += running.Taken * Math.Max(running.Held, age);
                taken += running.Taken;
            }
        }

        if (taken == 0)
        {
            return (_running[(int)serviceClass].Held, 0);
        }

        Generation oldest = _begun.Find(generation => generation.Request.Class >= serviceClass)!;
        double held = sum / taken;
        return (held, Math.Max(0, held - options.TimeProvider.GetElapsedTime(oldest.Began, now).TotalSeconds));
    }

    void Count(Generation generation, int change)
    {
        (ServiceClass, long) key = (generation.Request.Class, generation.Request.Tenant);
        int count = _waiting.GetValueOrDefault(key) + change;
        if (count == 0)
        {
            _waiting.Remove(key);
        }
        else
        {
            _waiting[key] = count;
        }

        _requests += change;
        _tokens += change * Tokens(generation);
    }

    static int Tokens(Generation generation) => generation.Choice == 0 ? generation.Prompt.Length : 0;

    static void Learn(ref double mean, double measured) => mean = mean == 0 ? measured : mean + Gain * (measured - mean);

    /// <summary>The places of one class.</summary>
    struct Places
    {
        /// <summary>How many are taken.</summary>
        public int Taken;

        /// <summary>The sum of the timestamps at which they were.</summary>
        public Int128 Begun;

        /// <summary>Mean seconds of a request in its place; 0 before one has ended.</summary>
        public double Held;
    }
}
