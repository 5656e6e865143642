using System.Runtime.InteropServices;
using Millrace.Cache;
using Millrace.Scheduling;

namespace Millrace.Tests.Scheduling;

public sealed class SchedulerTests
{
    const int BlockSize = 4;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(64)]
    public void A_prompt_is_computed_in_pieces_of_the_step_size_and_asks_for_logits_at_its_end_only(int stepTokens)
    {
        Bench bench = new(stepTokens: stepTokens);
        bench.Add(20, 1);
        int steps = 0;
        int computed = 0;
        while (bench.Step() is { Slices.Count: > 0 } batch)
        {
            StepSlice slice = batch.Slices[0];
            Assert.Equal(computed, slice.Position);
            Assert.Equal(Math.Min(stepTokens, 20 - computed), slice.Count);
            computed += slice.Count;
            Assert.Equal(computed == 20 ? 1 : 0, slice.LogitRows);
            steps++;
        }

        Assert.Equal((20 + stepTokens - 1) / stepTokens, steps);
    }

    [Fact]
    public void Sequences_that_need_one_token_come_before_a_long_prompt()
    {
        Bench bench = new(stepTokens: 8);
        bench.Add(100, 1);
        bench.Step();
        Sequence[] others = [bench.Add(1, 10), bench.Add(1, 10), bench.Add(1, 10)];
        bench.Step(); // they come in behind it
        StepBatch batch = bench.Step();
        Assert.Equal([5, 1, 1, 1], batch.Slices.Select(slice => slice.Count));
        Assert.All(others, other => Assert.Contains(other, bench.Scheduler.Running));
    }

    [Fact]
    public void A_second_prompt_uses_what_a_running_one_has_computed()
    {
        Bench bench = new(stepTokens: 8);
        int[] prompt = Bench.Tokens(5, 24);
        Sequence first = bench.Add(prompt, 4);
        bench.Step();
        bench.Step();
        Sequence second = bench.Add(prompt, 4);
        bench.RunAll();
        Assert.Equal(0, first.CachedTokens);
        Assert.Equal(23, second.CachedTokens);
        Assert.Equal(24 + 3 + 1 + 3, bench.Model.Work);
        Assert.Equal(first.Tokens.ToArray(), second.Tokens.ToArray());
    }

    [Fact]
    public void A_prompt_that_is_cached_in_whole_computes_its_last_token_alone()
    {
        Bench bench = new();
        int[] prompt = Bench.Tokens(5, 16);
        bench.Add(prompt, 1);
        bench.RunAll();
        Sequence again = bench.Add(prompt, 3);
        StepBatch batch = bench.Step();
        Assert.Equal((15, 1, 1), (batch.Slices[0].Position, batch.Slices[0].Count, batch.Slices[0].LogitRows));
        Assert.Single(batch.Copies);
        bench.RunAll();
        Assert.Equal(bench.Model.Continue(prompt, 3), again.Tokens[16..].ToArray());
    }

    [Fact]
    public void A_fully_cached_prompt_that_fills_the_whole_cache_still_runs()
    {
        Bench bench = new(blocks: 4);
        int[] prompt = Bench.Tokens(5, 16);
        bench.Add(prompt, 1);
        bench.RunAll();
        Sequence again = bench.Add(prompt, 1); // no block is left for a copy of the last one
        bench.RunAll();
        Assert.Equal(bench.Model.Continue(prompt, 1), again.Tokens[16..].ToArray());
    }

    [Theory]
    [InlineData(2, 7)]
    [InlineData(3, 8)]
    [InlineData(8, 9)]
    public void Sequences_that_fit_only_one_at_a_time_all_finish(int count, int blocks)
    {
        Bench bench = new(blocks: blocks);
        Sequence[] sequences = [.. Enumerable.Range(0, count).Select(_ => bench.Add(10, blocks * BlockSize - 10))];
        int steps = bench.RunAll();
        Assert.All(sequences, sequence => Assert.Equal(blocks * BlockSize, sequence.Count));
        Assert.True(steps < count * blocks * BlockSize * 2, $"{steps} steps");
    }

    [Fact]
    public void A_prompt_waits_for_blocks_that_a_running_one_will_still_take()
    {
        Bench bench = new(blocks: 9, stepTokens: 8);
        Sequence first = bench.Add(36, 1); // all blocks, in five steps
        Sequence second = bench.Add(1, 20);
        bench.RunAll();
        Assert.Equal(0, first.Preemptions + second.Preemptions);
    }

    [Fact]
    public void Preempted_sequence_recomputes_the_same_tokens()
    {
        Bench bench = new(blocks: 10);
        Sequence first = bench.Add(10, 28);
        Sequence second = bench.Add(10, 28);
        bench.RunAll();
        Assert.Equal(0, first.Preemptions);
        Assert.True(second.Preemptions > 0);
    }

    [Fact]
    public void Blocks_are_taken_from_the_lowest_priority_and_from_the_newest_among_equals()
    {
        Bench bench = new(blocks: 12);
        Sequence low = bench.Add(14, 20, priority: 0);
        Sequence newer = bench.Add(14, 20, priority: 1);
        Sequence newest = bench.Add(14, 20, priority: 1);
        bench.RunAll();
        Assert.True(low.Preemptions > 0);
        Assert.Equal(0, newer.Preemptions);
        Assert.True(newest.Preemptions > 0);
    }

    [Fact]
    public void A_higher_priority_takes_the_place_of_a_lower_one_which_then_goes_on()
    {
        Bench bench = new(maxSequences: 1);
        Sequence low = bench.Add(6, 10, priority: 0);
        bench.Step();
        bench.Step();
        Sequence high = bench.Add(6, 3, priority: 5);
        bench.Step();
        Assert.Equal(SequenceState.Waiting, low.State);
        Assert.Equal(SequenceState.Running, high.State);
        bench.RunAll();
        Assert.Equal(1, low.Preemptions);
    }

    [Fact]
    public void An_equal_priority_waits_for_its_place()
    {
        Bench bench = new(maxSequences: 1);
        Sequence first = bench.Add(6, 10);
        bench.Step();
        Sequence second = bench.Add(1, 1);
        bench.RunAll(until: () => first.State == SequenceState.Finished);
        Assert.Equal(SequenceState.Waiting, second.State);
        bench.RunAll();
    }

    [Theory]
    [InlineData(33, 0)]
    [InlineData(33, 1)]
    [InlineData(1, 33)]
    [InlineData(int.MaxValue / 4, 1)]
    public void What_can_never_fit_is_refused_at_once(int prompt, int newTokens)
    {
        Bench bench = new(blocks: 8);
        int[] tokens = prompt > 1000 ? GC.AllocateUninitializedArray<int>(prompt / 1000) : new int[prompt];
        ArgumentException error = Assert.Throws<ArgumentException>(() => bench.Scheduler.Add(tokens, newTokens, new()));
        Assert.Contains("32", error.Message, StringComparison.Ordinal);
        Assert.Empty(bench.Scheduler.Waiting);
    }

    [Theory]
    [InlineData(32, 0)]
    [InlineData(32, 1)]
    [InlineData(1, 32)]
    public void What_fits_exactly_runs(int prompt, int newTokens)
    {
        Bench bench = new(blocks: 8);
        Sequence sequence = bench.Add(prompt, newTokens);
        bench.RunAll();
        Assert.Equal(prompt + newTokens, sequence.Count);
    }

    [Theory]
    [InlineData(0, 20)]
    [InlineData(7, 13)]
    [InlineData(19, 1)]
    public void Wanted_positions_get_a_row_each_once(int from, int rows)
    {
        Bench bench = new(stepTokens: 6, stepLogits: 4);
        Sequence sequence = bench.Scheduler.Add(Bench.Tokens(1, 20), 0, new SequenceOptions { LogitsFrom = from });
        List<int> positions = [];
        while (bench.Step() is { Slices.Count: > 0 } batch)
        {
            StepSlice slice = batch.Slices[0];
            Assert.True(slice.LogitRows <= 4);
            positions.AddRange(Enumerable.Range(slice.Position + slice.Count - slice.LogitRows, slice.LogitRows));
        }

        Assert.Equal(Enumerable.Range(from, rows), positions);
        Assert.Equal(SequenceState.Finished, sequence.State);
    }

    [Fact]
    public void Positions_whose_logits_are_wanted_are_computed_though_they_are_cached()
    {
        Bench bench = new();
        int[] prompt = Bench.Tokens(1, 20);
        bench.Add(prompt, 1);
        bench.RunAll();
        Sequence scoring = bench.Scheduler.Add(prompt, 0, new SequenceOptions { LogitsFrom = 9 });
        StepBatch batch = bench.Step();
        Assert.Equal((9, 11, 11), (batch.Slices[0].Position, batch.Slices[0].Count, batch.Slices[0].LogitRows));
        Assert.Equal(9, scoring.CachedTokens);
    }

    [Fact]
    public void A_fork_shares_until_it_writes_and_both_go_on()
    {
        Bench bench = new();
        Sequence sequence = bench.Add(6, 8);
        bench.Step();
        Sequence fork = bench.Scheduler.Fork(sequence);
        bench.Follow(fork);
        Assert.Equal(sequence.Blocks, fork.Blocks);
        bench.RunAll();
        Assert.Equal(sequence.Tokens.ToArray(), fork.Tokens.ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => bench.Scheduler.Fork(fork));
    }

    [Fact]
    public void A_sequence_ended_within_a_step_is_left_alone_by_its_completion()
    {
        Bench bench = new();
        Sequence sequence = bench.Add(6, 8);
        StepBatch batch = bench.Scheduler.Schedule();
        bench.Model.Run(batch);
        bench.Scheduler.Finish(sequence);
        bench.Scheduler.Finish(sequence);
        bench.Scheduler.Complete(CollectionsMarshal.AsSpan(bench.Model.Next.ToList()));
        Assert.Equal(6, sequence.Count);
        bench.Check();
        Assert.Equal(bench.Scheduler.Pool.Blocks, bench.Scheduler.Pool.Free);
    }

    [Fact]
    public void The_step_size_can_change_between_steps_within_its_bounds()
    {
        Bench bench = new(stepTokens: 16);
        bench.Add(60, 1);
        bench.Scheduler.StepTokens = 5;
        Assert.Equal(5, bench.Step().Tokens.Count);
        bench.Scheduler.StepTokens = 16;
        Assert.Equal(16, bench.Step().Tokens.Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => bench.Scheduler.StepTokens = 17);
        Assert.Throws<ArgumentOutOfRangeException>(() => bench.Scheduler.StepTokens = 0);
    }

    [Fact]
    public void Steps_allocate_nothing()
    {
        Bench bench = new(blocks: 512);
        for (int i = 0; i < 4; i++)
        {
            bench.Add(10, 400);
        }

        int[] next = new int[4];
        void Step(int steps)
        {
            for (int i = 0; i < steps; i++)
            {
                bench.Scheduler.Schedule();
                bench.Scheduler.Complete(next);
            }
        }

        Step(50);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Step(300);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(4, bench.Scheduler.Running.Count);
    }

    /// <summary>A scheduler with a model that tells a wrong block; checks the pool, the cache's content and the continuations.</summary>
    internal sealed class Bench
    {
        readonly List<Sequence> _sequences = [];

        public Bench(int blocks = 64, int stepTokens = 512, int maxSequences = 16, int stepLogits = 512, int buckets = 64)
        {
            Scheduler = new(new BlockPool(blocks, BlockSize, buckets), new() { StepTokens = stepTokens, MaxSequences = maxSequences, StepLogits = stepLogits });
            Model = new(blocks, BlockSize, 50);
        }

        public Scheduler Scheduler { get; }

        public ChainModel Model { get; }

        public IReadOnlyList<Sequence> Sequences => _sequences;

        public static int[] Tokens(int seed, int count)
        {
            var random = new Random(seed);
            return [.. Enumerable.Range(0, count).Select(_ => random.Next(50))];
        }

        public Sequence Add(int promptLength, int newTokens, int priority = 0) => Add(Tokens(_sequences.Count, promptLength), newTokens, priority);

        public Sequence Add(int[] prompt, int newTokens, int priority = 0, long salt = 0)
        {
            Sequence sequence = Scheduler.Add(prompt, newTokens, new() { Priority = priority, Salt = salt });
            _sequences.Add(sequence);
            return sequence;
        }

        public void Follow(Sequence sequence) => _sequences.Add(sequence);

        public StepBatch Step()
        {
            StepBatch batch = Scheduler.Schedule();
            Model.Run(batch);
            Scheduler.Complete([.. Model.Next]);
            return batch;
        }

        public int RunAll(Func<bool>? until = null)
        {
            int steps = 0;
            while (Scheduler.Running.Count + Scheduler.Waiting.Count > 0 && until?.Invoke() != true)
            {
                Assert.NotEmpty(Step().Slices);
                Check();
                Assert.True(++steps < 100_000, "it does not end");
            }

            return steps;
        }

        public void Check()
        {
            Scheduler.Pool.CheckIntegrity(_sequences.Select(sequence => sequence.Blocks));
            foreach (Sequence sequence in _sequences)
            {
                Assert.True(Model.Holds(sequence), "a block does not hold its sequence's tokens");
                int[] prompt = [.. sequence.Tokens[..sequence.PromptLength]];
                Assert.Equal(Model.Continue(prompt, sequence.Count - prompt.Length), sequence.Tokens[prompt.Length..].ToArray());
            }
        }
    }
}
