using Millrace.Sampling;
using Millrace.Scheduling;
using Millrace.Tests.Scheduling;

namespace Millrace.Tests.Engines;

/// <summary>Requests that come whatever becomes of those before, at a rate above what can be served: on a clock of the test's own, in which a step takes 20 ms and 0.2 ms for each token.</summary>
public sealed class OverloadTests
{
    const int Places = 8;
    static readonly TimeSpan Target = TimeSpan.FromSeconds(1);
    static readonly TimeSpan Duration = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public async Task Far_beyond_the_capacity_as_many_get_their_first_token_in_time_as_ever(int seed, bool oneLength)
    {
        double capacity = (await Play(seed, oneLength, rate: null)).Good;
        double[] good = new double[4];
        double[] multiples = [0.8, 1, 2, 10];
        for (int i = 0; i < multiples.Length; i++)
        {
            Load load = await Play(seed, oneLength, multiples[i] * capacity);
            good[i] = load.Good;
            TestContext.Current.TestOutputHelper?.WriteLine($"{multiples[i]} x {capacity:f1}/s: good {load.Good:f1}/s, late {load.Late}, refused {load.Refused}");
        }

        double peak = Math.Max(capacity, good.Max());
        Assert.InRange(good[2] / peak, 0.95, 1);
        Assert.InRange(good[3] / peak, 0.90, 1);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 2)]
    [InlineData(3, 10)]
    [InlineData(4, 10)]
    [InlineData(5, 10)]
    [InlineData(6, 10)]
    public async Task Who_comes_again_when_told_to_is_taken(int seed, double multiple)
    {
        Load load = await Play(seed, oneLength: false, multiple * 18);
        Assert.True(load.Refused > 100);
        Assert.True(load.IsTakenAgain);
        Assert.InRange(load.RetryAfter.TotalSeconds, 0.01, 2);
    }

    [Fact]
    public async Task Places_that_are_all_taken_at_once_are_all_given_free_late()
    {
        FakeDevice device = new(blocks: 1000);
        ManualClock clock = new();
        using ManualResetEventSlim go = new();
        using SemaphoreSlim arrived = new(0);
        device.BeforeStep = (_, _) =>
        {
            arrived.Release();
            go.Wait();
            clock.Advance(TimeSpan.FromSeconds(0.1));
        };
        await using Engine engine = device.Start(maxSequences: Places, blocks: 1000, stepTokens: 64, clock: clock, with: options => options with
        {
            Targets = new() { FirstToken = new(null, Target, null) },
        });
        GenerationRequest request = new() { Prompt = [1, 2], MaxTokens = 20, StopTokens = new HashSet<int>() };
        go.Set();
        await Task.WhenAll(engine.SubmitAll([.. Enumerable.Repeat(request, Places)], 1).Select(Read)); // shows how long a request takes: 2 s
        go.Reset();
        while (arrived.CurrentCount > 0)
        {
            arrived.Wait(0, TestContext.Current.CancellationToken);
        }

        IReadOnlyList<Generation> together = engine.SubmitAll([.. Enumerable.Repeat(request, Places)], 1);
        await arrived.WaitAsync(TestContext.Current.CancellationToken);
        EngineBusyException busy = Assert.Throws<EngineBusyException>(() => engine.Submit(request));
        Assert.InRange(busy.RetryAfter.TotalSeconds, 2, 4);
        go.Set();
        await Task.WhenAll(together.Select(Read));

        static async Task Read(Generation generation)
        {
            await foreach (TokenOutput _ in generation)
            {
            }
        }
    }

    [Fact]
    public async Task Batch_may_wait_as_long_as_it_takes_and_keeps_nobody_else_out()
    {
        Load load = await Play(5, oneLength: false, rate: 9, batch: 200);
        Assert.Equal((0, 0), (load.Refused, load.Late));
    }

    [Fact]
    public async Task A_tenant_that_keeps_its_own_requests_waiting_does_not_keep_out_another()
    {
        Load load = await Play(6, oneLength: false, rate: 180, other: 1);
        Assert.True(load.Refused > 1000);
        Assert.Equal(0, load.OtherRefused);
    }

    /// <summary>Runs a load: with a rate an open loop, without one a closed loop with as many requests as there are places.</summary>
    static async Task<Load> Play(int seed, bool oneLength, double? rate, int batch = 0, double other = 0)
    {
        FakeDevice device = new(blocks: 1000);
        ManualClock clock = new();
        Load load = new(clock, new Random(seed), oneLength, rate, other);
        TaskCompletionSource over = new();
        using ManualResetEventSlim ready = new();
        device.BeforeStep = (_, step) =>
        {
            ready.Wait();
            if (!over.Task.IsCompleted && load.Step(TimeSpan.FromMilliseconds(20 + 0.2 * step.Tokens.Count)))
            {
                over.SetResult();
            }
        };
        await using Engine engine = device.Start(maxSequences: Places, blocks: 1000, stepTokens: 64, clock: clock, with: options => options with
        {
            Targets = new() { FirstToken = new(null, Target, null) },
        });
        load.Begin(engine, batch);
        ready.Set();
        await over.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        return load;
    }

    sealed class Load(ManualClock clock, Random random, bool oneLength, double? rate, double other)
    {
        readonly List<Generation> _all = [];
        readonly List<Generation> _running = [];
        Engine _engine = null!;
        Generation? _idle;
        TimeSpan _now, _next, _nextOther, _again;

        public int Refused { get; private set; }

        public int OtherRefused { get; private set; }

        public TimeSpan RetryAfter { get; private set; }

        public bool IsTakenAgain { get; private set; }

        public int Late => _all.Count(generation => generation.FinishReason is not null && generation.Timings.FirstToken > Target);

        /// <summary>Requests a second that ended, with their first token in time.</summary>
        public double Good => (_all.Count(generation => generation.FinishReason is not null) - Late) / Duration.TotalSeconds;

        public void Begin(Engine engine, int batch)
        {
            _engine = engine;
            KeepBusy();
            for (int i = 0; i < batch; i++)
            {
                engine.Submit(Ask(30, ServiceClass.Batch, 0));
            }
        }

        /// <summary>Time passes, and requests come in it; true once all is over.</summary>
        public bool Step(TimeSpan time)
        {
            KeepBusy();
            TimeSpan end = _now + time;
            _running.RemoveAll(static generation => generation.FinishReason is not null);
            while (rate is null ? _running.Count < Places : _now < Duration && _next < end)
            {
                Pass(_next);
                Come();
                _next = rate is { } perSecond ? _next + TimeSpan.FromSeconds(-Math.Log(1 - random.NextDouble()) / perSecond) : _now;
            }

            Pass(end);
            if (_now < Duration)
            {
                return false;
            }

            if (_again == default)
            {
                _again = _now + RetryAfter;
            }

            if (_now < _again)
            {
                return false;
            }

            int refused = Refused;
            Come();
            IsTakenAgain = Refused == refused;
            return true;
        }

        void Pass(TimeSpan until)
        {
            while (other > 0 && _nextOther < until && _now < Duration)
            {
                _nextOther += TimeSpan.FromSeconds(1 / other);
                try
                {
                    _engine.Submit(Ask(10, ServiceClass.Standard, tenant: 2));
                }
                catch (EngineBusyException)
                {
                    OtherRefused++;
                }
            }

            clock.Advance(until > _now ? until - _now : TimeSpan.Zero);
            _now = until > _now ? until : _now;
        }

        void Come()
        {
            try
            {
                Generation generation = _engine.Submit(Ask(oneLength ? 20 : 5 + random.Next(31), ServiceClass.Standard, tenant: 1));
                _all.Add(generation);
                _running.Add(generation);
            }
            catch (EngineBusyException busy)
            {
                Refused++;
                RetryAfter = busy.RetryAfter;
            }
        }

        /// <summary>The loop never rests, else time would stand still: requests of the lowest class take what is left, the next one coming before the last one ends.</summary>
        void KeepBusy()
        {
            if (_idle is not { Progress.CompletionTokens: < 10 })
            {
                _idle = _engine.Submit(Ask(20, ServiceClass.Batch, 0));
            }
        }

        GenerationRequest Ask(int maxTokens, ServiceClass serviceClass, long tenant) => new()
        {
            Prompt = SchedulerTests.Bench.Tokens(random.Next(1000), 4 + random.Next(8)),
            MaxTokens = maxTokens,
            Class = serviceClass,
            Tenant = tenant,
            Sampling = new SamplingParameters { Temperature = 0 },
            StopTokens = new HashSet<int>(),
        };
    }
}
