using CsCheck;
using Millrace.Scheduling;
using static Millrace.Tests.Scheduling.SchedulerTests;

namespace Millrace.Tests.Scheduling;

public sealed class SchedulerPropertyTests
{
    [Fact]
    public void Whatever_is_added_cancelled_forked_and_preempted_each_gets_the_tokens_it_gets_alone() =>
        Gen.Select(Gen.Int[2, 24], Gen.Int[1, 20], Gen.Int[1, 6], Gen.Int[1, 9], Gen.OneOf(Gen.Const(1), Gen.Const(64)), Gen.Int[0, int.MaxValue])
            .Sample((blocks, stepTokens, maxSequences, stepLogits, buckets, seed) =>
                Play(new Bench(blocks, stepTokens, maxSequences, stepLogits, buckets), new Random(seed)), iter: 600);

    [Fact]
    public void Equal_histories_give_equal_steps()
    {
        List<string> History()
        {
            Bench bench = new(blocks: 12, stepTokens: 9, maxSequences: 4);
            List<string> steps = [];
            Play(bench, new Random(4), batch => steps.Add(string.Join(' ', batch.Slices.Select(slice => $"{slice.Position}+{slice.Count}:{string.Join(',', slice.Blocks)}"))));
            return steps;
        }

        List<string> history = History();
        Assert.True(history.Count > 20);
        Assert.Equal(history, History());
    }

    static void Play(Bench bench, Random random, Action<StepBatch>? observe = null)
    {
        Scheduler scheduler = bench.Scheduler;
        int capacity = scheduler.Capacity;
        for (int i = 0; i < 60; i++)
        {
            switch (random.Next(10))
            {
                case 0 or 1 or 2:
                    int prompt = random.Next(1, Math.Min(capacity, 30) + 1);
                    // Few seeds, so that prefixes are often equal.
                    bench.Add(Bench.Tokens(random.Next(3), prompt), random.Next(0, capacity - prompt + 2), random.Next(3), salt: random.Next(8) == 0 ? 1 : 0);
                    break;
                case 3 when bench.Sequences.Count > 0:
                    scheduler.Finish(bench.Sequences[random.Next(bench.Sequences.Count)]);
                    break;
                case 4 when scheduler.Running.Count > 0:
                    bench.Follow(scheduler.Fork(scheduler.Running[random.Next(scheduler.Running.Count)]));
                    break;
                default:
                    bool work = scheduler.Running.Count + scheduler.Waiting.Count > 0;
                    StepBatch batch = bench.Step();
                    Assert.Equal(work, batch.Slices.Count > 0);
                    Assert.True(batch.Tokens.Count <= scheduler.StepTokens);
                    observe?.Invoke(batch);
                    break;
            }

            bench.Check();
        }

        bench.RunAll();
        Assert.Equal(scheduler.Pool.Blocks, scheduler.Pool.Free);
        Assert.All(bench.Sequences, sequence => Assert.Equal(SequenceState.Finished, sequence.State));
    }
}
