using Millrace.Devices;
using Millrace.Sampling;
using Millrace.Tests.Scheduling;

namespace Millrace.Tests.Engines;

public sealed class ConsumptionTests
{
    [Fact]
    public async Task A_request_alone_consumes_what_its_steps_cost()
    {
        FakeDevice device = new();
        ManualClock clock = new();
        device.BeforeStep = (_, _) => clock.Advance(TimeSpan.FromMilliseconds(250));
        await using Engine engine = device.Start(stepTokens: 8, clock: clock);
        Generation generation = engine.Submit(Ask(1, 10, 3));
        await Drain(generation);
        // Steps of 8, 2, 1 and 1 tokens; the last token is never computed. Keys read: 8, 10, 11, 12; attended: 36, 19, 11, 12.
        Assert.Equal(
            new Consumption(
                WeightBytes: 4 * 1_000_000 + 3 * 1_000,
                KvBytesRead: 100 * (8 + 10 + 11 + 12),
                KvBytesWritten: 100 * 12,
                Flops: 10_000 * 12 + 500 * 3 + 10 * (36 + 19 + 11 + 12),
                KvByteSeconds: FakeDevice.BlockBytes * (2 + 3 + 3 + 3) / 4,
                ComputeMicroseconds: 1_000_000,
                EnergyMicrojoules: 0),
            generation.Consumption);
        Assert.Equal(new EngineTotals(4, 12, 0, 10, 0, 3, 0, generation.Consumption), engine.Totals);
        Assert.False(engine.MeasuresEnergy);
    }

    [Fact]
    public async Task Weights_that_several_read_together_count_once()
    {
        FakeDevice device = new();
        using ManualResetEventSlim both = new();
        device.BeforeStep = (_, _) => both.Wait();
        await using Engine engine = device.Start();
        Generation[] generations = [engine.Submit(Ask(1, 1, 1)), engine.Submit(Ask(2, 5, 5)), engine.Submit(Ask(3, 5, 5))];
        both.Set();
        await Task.WhenAll(generations.Select(Drain));
        EngineTotals totals = engine.Totals;
        Assert.Equal(totals.Consumption, Sum(generations));
        Assert.Equal(1_001_000 * totals.Steps, totals.Consumption.WeightBytes);
        Assert.InRange(Math.Abs(generations[1].Consumption.WeightBytes - generations[2].Consumption.WeightBytes), 0, totals.Steps);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Shares_add_up_to_the_counters_whatever_becomes_of_requests(int seed)
    {
        using TemporaryFolder folder = new();
        string counter = Powercap(folder);
        using EnergyMeter meter = EnergyMeter.Open(folder.Path())!;
        FakeDevice device = new(blocks: 24);
        ManualClock clock = new();
        var steps = new Random(seed + 100);
        using ManualResetEventSlim many = new();
        device.BeforeStep = (step, _) =>
        {
            many.Wait();
            clock.Advance(TimeSpan.FromTicks(steps.Next(50_000)));
            File.WriteAllText(counter, $"{step * 77_777L % 1_000_000}\n");
            if (step % 41 == 40)
            {
                throw new InsufficientMemoryException();
            }
        };
        await using Engine engine = device.Start(blocks: 24, context: 60, clock: clock, with: options => options with { EnergyMeter = meter });
        var random = new Random(seed);
        List<Generation> generations = [];
        List<Task> readers = [];
        for (int i = 0; i < 400; i++)
        {
            Generation generation = engine.Submit(Ask(random.Next(5), 1 + random.Next(30), random.Next(25)) with { Priority = random.Next(3) });
            generations.Add(generation);
            int after = random.Next(40);
            readers.Add(Task.Run(() => DrainUntil(generation, after), TestContext.Current.CancellationToken));
            if (i == 200)
            {
                many.Set(); // enough that some are preempted, however slowly the others come
            }
        }

        await Task.WhenAll(readers).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        EngineTotals totals = engine.Totals;
        Assert.Equal(totals.Consumption, Sum(generations));
        Assert.Equal(totals.CompletionTokens, generations.Sum(generation => (long)generation.Usage.CompletionTokens));
        Assert.Equal(totals.CachedTokens, generations.Sum(generation => (long)generation.Usage.CachedTokens));
        Assert.True(totals is { Steps: > 40, Preemptions: > 0, RecomputedTokens: > 0, CachedTokens: > 0, Consumption.EnergyMicrojoules: > 0 }, $"{totals}");
    }

    [Fact]
    public void Energy_counters_of_packages_add_up_and_begin_again()
    {
        using TemporaryFolder folder = new();
        string counter = Powercap(folder);
        using EnergyMeter meter = EnergyMeter.Open(folder.Path())!;
        Assert.Equal(0, meter.Read());
        File.WriteAllText(counter, "400\n");
        Assert.Equal(400, meter.Read());
        File.WriteAllText(counter, "100\n"); // begun again after 1,000,000
        Assert.Equal(1_000_100, meter.Read());
        File.WriteAllText(counter, "");
        Assert.Equal(1_000_100, meter.Read());
    }

    [Fact]
    public void What_packages_may_draw_adds_up_where_all_say_it()
    {
        using TemporaryFolder folder = new();
        Powercap(folder);
        using (EnergyMeter silent = EnergyMeter.Open(folder.Path())!)
        {
            Assert.Null(silent.LimitWatts);
        }

        File.WriteAllText(folder.Path("intel-rapl:0/constraint_0_power_limit_uw"), "65000000\n");
        using EnergyMeter meter = EnergyMeter.Open(folder.Path())!;
        Assert.Equal(65, meter.LimitWatts);
        Assert.Equal((32, (int?)null), (Millrace.Cli.Serving.ServePolicy.EdgeLimit(meter), Millrace.Cli.Serving.ServePolicy.EdgeLimit(null)));
    }

    [Fact]
    public async Task Without_a_meter_energy_is_the_assumed_power_over_the_time_of_steps()
    {
        FakeDevice device = new();
        await using Engine engine = device.Start(blocks: 24, context: 60, with: options => options with { AssumedWatts = 7 });
        Assert.False(engine.MeasuresEnergy);
        await foreach (TokenOutput _ in engine.Submit(new GenerationRequest { Prompt = [1, 2, 3], MaxTokens = 20, StopTokens = new HashSet<int>() }))
        {
        }

        Consumption spent = engine.Totals.Consumption;
        Assert.True(spent.ComputeMicroseconds > 0);
        Assert.Equal(7 * spent.ComputeMicroseconds, spent.EnergyMicrojoules);
    }

    [Fact]
    public void Power_above_the_limit_is_waited_off()
    {
        using TemporaryFolder folder = new();
        string counter = Powercap(folder);
        using EnergyMeter meter = EnergyMeter.Open(folder.Path())!;
        ManualClock clock = new();
        PowerCap cap = new(meter, watts: 10, clock);
        void Draw(long microjoules, double milliseconds)
        {
            File.WriteAllText(counter, $"{microjoules}\n");
            clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
        }

        Draw(30_000, 1); // 30 W for a millisecond: 20 mJ too much, which 10 W make up for in 2 ms
        Assert.Equal(2_000, cap.Pause());
        Draw(35_000, 2); // and 2.5 W while it waits
        Assert.Equal(500, cap.Pause());
        Draw(40_000, 10);
        Assert.Equal(0, cap.Pause());
        Draw(50_000, 1); // no credit from quiet times
        Assert.Equal(0, cap.Pause());
        Draw(950_000, 0);
        Assert.Equal(90_000, cap.Pause());
    }

    [Fact]
    public void Without_counters_there_is_no_meter()
    {
        using TemporaryFolder folder = new();
        Assert.Null(EnergyMeter.Open(folder.Path()));
        Assert.Null(EnergyMeter.Open(folder.Path("absent")));
        Directory.CreateDirectory(folder.Path("intel-rapl:0"));
        File.WriteAllText(folder.Path("intel-rapl:0/name"), "package-0\n");
        Assert.Null(EnergyMeter.Open(folder.Path()));
    }

    static string Powercap(TemporaryFolder folder)
    {
        Directory.CreateDirectory(folder.Path("intel-rapl:0"));
        File.WriteAllText(folder.Path("intel-rapl:0/name"), "package-0\n");
        File.WriteAllText(folder.Path("intel-rapl:0/max_energy_range_uj"), "1000000\n");
        File.WriteAllText(folder.Path("intel-rapl:0/energy_uj"), "0\n");
        return folder.Path("intel-rapl:0/energy_uj");
    }

    static Consumption Sum(IEnumerable<Generation> generations) =>
        generations.Aggregate(default(Consumption), (sum, generation) => sum + generation.Consumption);

    static GenerationRequest Ask(int seed, int prompt, int maxTokens) => new()
    {
        Prompt = SchedulerTests.Bench.Tokens(seed, prompt),
        MaxTokens = maxTokens,
        Sampling = new SamplingParameters { Temperature = 0 },
        StopTokens = new HashSet<int>(),
    };

    static Task Drain(Generation generation) => DrainUntil(generation, int.MaxValue);

    static async Task DrainUntil(Generation generation, int cancelAfter)
    {
        int read = 0;
        try
        {
            await foreach (TokenOutput _ in generation)
            {
                if (++read >= cancelAfter)
                {
                    generation.Cancel();
                }
            }
        }
        catch (GenerationException)
        {
        }
    }
}
