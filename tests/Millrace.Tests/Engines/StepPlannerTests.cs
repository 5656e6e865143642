using Millrace.Sampling;
using Millrace.Scheduling;
using Millrace.Tests.Scheduling;

namespace Millrace.Tests.Engines;

/// <summary>A device whose steps take a time by a formula that the planner does not know, with a little noise.</summary>
public sealed class StepPlannerTests
{
    const int PromptTokens = 600;

    /// <summary>10 ms, and 1 ms for each token beyond the first sixteen.</summary>
    static double Ramp(StepBatch batch) => 10 + Math.Max(0, batch.Tokens.Count - 16);

    /// <summary>12 ms, 1 ms for each eight tokens begun, and 0.1 µs for each key that a token of a piece sees.</summary>
    static double Stairs(StepBatch batch) =>
        12 + (batch.Tokens.Count + 7) / 8 + 1e-4 * batch.Slices.Where(slice => slice.Count > 1).Sum(slice => slice.Count * (slice.Position + slice.Count / 2.0));

    [Theory, Trait("Probe", "80")]
    [InlineData(nameof(Ramp))]
    [InlineData(nameof(Stairs))]
    public async Task Beside_a_long_prompt_the_gaps_of_a_higher_class_keep_their_bound_and_the_prompt_moves_on(string device)
    {
        Func<StepBatch, double> milliseconds = device == nameof(Ramp) ? Ramp : Stairs;
        Run run = await Play(ServiceClass.Realtime, target: null, milliseconds: milliseconds);
        double quiet = run.Quiet();
        Assert.InRange(Percentile(run.Gaps(), 0.99), quiet, 2 * quiet);
        Assert.InRange(run.Gaps().Max(), quiet, 3 * quiet);
        double alone = (await Play(null, null, milliseconds: milliseconds)).PromptSeconds();
        Assert.InRange(alone / run.PromptSeconds(), 0.45, 1);
    }

    /// <summary>As many prompt tokens as there will be sequences: no measure of a piece beside these.</summary>
    [Theory]
    [InlineData(nameof(Ramp))]
    [InlineData(nameof(Stairs))]
    public async Task Steps_no_larger_than_those_without_a_piece_are_no_measure_of_one(string device)
    {
        Run run = await Play(ServiceClass.Realtime, target: null, milliseconds: device == nameof(Ramp) ? Ramp : Stairs, otherTokens: 8);
        StepReport[] pieces = [.. run.Steps.Where(step => step.Number > 60 && step.Tokens > step.Decodes)];
        Assert.Equal(24, pieces[0].Tokens);
        Assert.InRange(pieces.Max(step => step.Microseconds), run.Quiet(), 2 * run.Quiet());
        Assert.InRange(Percentile(pieces.Where(step => step.Decodes == 8).Skip(1).Select(step => (double)step.PredictedMicroseconds / step.Microseconds), 0), 0.6, 1);
    }

    /// <summary>One step in 150 takes four times as long, whatever it does; which one it hits first must not matter.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    [InlineData(60)]
    [InlineData(90)]
    [InlineData(120)]
    public async Task Steps_that_were_held_up_from_outside_make_pieces_small_for_a_while_only(int phase)
    {
        int steps = phase;
        Run run = await Play(ServiceClass.Realtime, target: null, milliseconds: batch => Stairs(batch) * (++steps % 150 == 0 ? 4 : 1), prompts: 20);
        StepReport[] mixed = [.. run.Steps.Where(step => step.Tokens > step.Decodes + 2 && step.Decodes == 8)];
        Assert.InRange(mixed.TakeLast(mixed.Length / 2).Average(step => step.Tokens), 40, 110);
        Assert.InRange(Percentile(run.Gaps(), 0.98), run.Quiet(), 2 * run.Quiet());
    }

    /// <summary>A machine that others use too: a step in so many takes up to 60 % longer, alone or with those after it.</summary>
    [Theory]
    [InlineData(0.01, 1)]
    [InlineData(0.02, 1)]
    [InlineData(0.03, 1)]
    [InlineData(0.01, 4)]
    [InlineData(0.005, 12)]
    public async Task On_a_machine_that_holds_steps_up_99_gaps_of_100_keep_their_bound(double rate, int burst)
    {
        Random outside = new(9);
        int left = 0;
        double stretch = 1;
        Run run = await Play(ServiceClass.Realtime, target: null, prompts: 200, milliseconds: batch =>
        {
            if (left == 0 && outside.NextDouble() < rate)
            {
                left = burst;
                stretch = 1.05 + 0.55 * Math.Pow(outside.NextDouble(), 2);
            }

            return Stairs(batch) * (left > 0 && left-- > 0 ? stretch : 1);
        });
        double[] gaps = run.GapsBesideAll();
        Assert.InRange(gaps.Count(gap => gap > 2 * run.Quiet()), 1, 0.01 * gaps.Length);
        Assert.InRange(Percentile(gaps.Skip(gaps.Length / 2), 0.99), 1.7 * run.Quiet(), 2 * run.Quiet());
        Assert.InRange(gaps.Max(), run.Quiet(), 3 * run.Quiet());
        Assert.InRange(run.Share(), 0.3, 0.5);
    }

    /// <summary>What such machines need is not taken from the prompt on others: half of its speed alone at most, and with a little noise what that leaves.</summary>
    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(0.05, 0.465)]
    public async Task On_a_quiet_machine_the_prompt_gets_all_that_the_bound_leaves(double noise, double share)
    {
        Run run = await Play(ServiceClass.Realtime, target: null, prompts: 200, noise: noise, milliseconds: Stairs);
        Assert.InRange(Percentile(run.GapsBesideAll(), 0.99), run.Quiet(), 2 * run.Quiet());
        Assert.InRange(run.Share(), share, 0.53);
    }

    [Fact]
    public async Task Without_a_bound_pieces_are_as_large_as_a_step()
    {
        Run run = await Play(ServiceClass.Standard, target: null);
        Assert.Equal(256, run.Steps.Max(step => step.Tokens));
    }

    [Theory]
    [InlineData(15)]
    [InlineData(40)]
    public async Task A_bound_in_milliseconds_is_kept_too(int milliseconds)
    {
        Run run = await Play(ServiceClass.Realtime, new InterTokenTarget(TimeSpan.FromMilliseconds(milliseconds), null));
        Assert.InRange(Percentile(run.Gaps(), 0.9), milliseconds * 0.6e3, milliseconds * 1e3);
    }

    [Fact]
    public async Task Predictions_come_near_the_steps()
    {
        Run run = await Play(ServiceClass.Realtime, target: null);
        StepReport[] late = [.. run.Steps.TakeLast(run.Steps.Count / 2)];
        Assert.All(late, step => Assert.InRange((double)step.PredictedMicroseconds / step.Microseconds, 0.6, 1.6));
    }

    [Fact]
    public async Task A_prompt_of_a_higher_class_is_not_held_back()
    {
        Run run = await Play(ServiceClass.Standard, new InterTokenTarget(null, 1.5), promptClass: ServiceClass.Realtime);
        Assert.Equal(256, run.Steps.Max(step => step.Tokens));
    }

    static async Task<Run> Play(ServiceClass? decoding, InterTokenTarget? target, ServiceClass promptClass = ServiceClass.Standard, Func<StepBatch, double>? milliseconds = null, int prompts = 1, int otherTokens = 4, double noise = 0.05)
    {
        FakeDevice device = new(blocks: 8000);
        ManualClock clock = new();
        Random random = new(5);
        List<StepReport> steps = new(8000);
        ClassTargets targets = new();
        targets = target is { } bound ? targets with { Realtime = bound, Standard = bound } : targets;
        Engine? engine = null;
        Generation? prompt = null;
        List<Generation> others = [];
        Generation Other(int seed) => engine!.Submit(Ask(seed, otherTokens, decoding is null ? 3 : Math.Max(300, prompts * 12)) with { Class = decoding ?? promptClass });
        device.BeforeStep = (step, batch) =>
        {
            while (step == 0 && decoding is not null && others.Count < 7)
            {
                others.Add(Other(1 + others.Count)); // from here, so that they come with the second step in every run
            }

            int first = decoding is null ? 0 : 60;
            if (step == first || (step > first && prompts > 1 && prompt!.FinishReason is not null))
            {
                prompt = engine!.Submit(Ask(99 + prompts--, PromptTokens, 1) with { Class = promptClass });
            }

            clock.Advance(TimeSpan.FromMilliseconds((milliseconds ?? Ramp)(batch) * (1 + noise * random.NextDouble())));
        };
        engine = device.Start(context: 3000, stepTokens: 256, blocks: 8000, clock: clock, with: options => options with
        {
            Targets = targets,
            StepObserver = (in StepReport step) => steps.Add(step),
        });
        await using (engine)
        {
            await foreach (TokenOutput _ in Other(0))
            {
            }

            foreach (Generation other in others)
            {
                await foreach (TokenOutput _ in other)
                {
                }
            }

            await foreach (TokenOutput _ in prompt!)
            {
            }
        }

        return new Run(steps);
    }

    static GenerationRequest Ask(int seed, int prompt, int maxTokens) => new()
    {
        Prompt = SchedulerTests.Bench.Tokens(seed, prompt),
        MaxTokens = maxTokens,
        Sampling = new SamplingParameters { Temperature = 0 },
        StopTokens = new HashSet<int>(),
    };

    static double Percentile(IEnumerable<double> values, double rank)
    {
        double[] sorted = [.. values.Order()];
        return sorted[(int)(rank * (sorted.Length - 1))];
    }

    sealed record Run(List<StepReport> Steps)
    {
        IEnumerable<StepReport> Mixed => Steps.Where(step => step.Number > 10 && step.Tokens > step.Decodes);

        IEnumerable<StepReport> BesideAll => Steps.Where(step => step.Tokens > step.Decodes && step.Decodes == 8);

        public double Quiet() => Percentile(Steps.Where(step => step.Number > 10 && step.Tokens == step.Decodes).Select(step => (double)step.Microseconds), 0.5);

        /// <summary>Of steps with a piece beside all seven others and the first.</summary>
        public double[] GapsBesideAll() => [.. BesideAll.Select(step => (double)step.Microseconds)];

        /// <summary>Speed of the prompt in these steps over that in whole steps by <see cref="Stairs"/>.</summary>
        public double Share() => BesideAll.Sum(step => step.Tokens - 8) / BesideAll.Sum(step => step.Microseconds / 1e3) / (256 / 44.0);

        public double[] Gaps() => [.. Mixed.Select(step => (double)step.Microseconds)];

        public double PromptSeconds() => Steps.Where(step => step.Tokens > step.Decodes && step.Tokens > 4).Sum(step => step.Microseconds) / 1e6;
    }
}
