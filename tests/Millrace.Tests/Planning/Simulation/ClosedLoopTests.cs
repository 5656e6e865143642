using Millrace.Planning;
using Millrace.Planning.Simulation;

namespace Millrace.Tests.Planning.Simulation;

public class ClosedLoopTests
{
    static readonly SimpleReplica Replica = new();

    // What the model says of a prompt alone, and of a token when nothing else runs.
    static double Prompt(int tokens) => 1e-3 + Math.Max((8e9 + tokens * 65_536.0) / 3e12, 16e9 * tokens / 1e15);

    static double Token(int position) => 1e-3 + (8e9 + (position + 1) * 65_536.0) / 3e12;

    [Fact]
    public void One_client_gets_the_times_of_the_model()
    {
        ClosedLoopResult result = new ClosedLoop { Concurrency = 1, InputTokens = 1000, OutputTokens = 3, Requests = 5 }.Run(Replica);
        Assert.Equal(5, result.Ttft.Count);
        Assert.Equal(Prompt(1000), result.Ttft.Percentile(50), 12);
        Assert.Equal((Token(1000) + Token(1001)) / 2, result.Tpot.Percentile(50), 12);
        Assert.Equal(Prompt(1000) + Token(1000) + Token(1001), result.E2e.Percentile(50), 12);
        Assert.Equal(3 / (Prompt(1000) + Token(1000) + Token(1001)), result.OutputTokensPerSecond, 6);
        Assert.Equal(500, result.Watts, 6);
    }

    [Fact]
    public void Tokens_and_clients_and_time_keep_Littles_law()
    {
        ClosedLoopResult result = new ClosedLoop { Concurrency = 32, InputTokens = 1024, OutputTokens = 256, LeastPart = 0.8, Requests = 640 }.Run(Replica);
        double clients = result.OutputTokensPerSecond / (256 * 0.9) * result.E2e.Mean; // L = λ W
        Assert.InRange(clients, 31.4, 32.6);
        Assert.InRange(result.Usage.MeanBatch, 30, 32);
    }

    [Fact]
    public void A_cache_too_small_for_all_makes_clients_wait_for_their_first_token()
    {
        ClosedLoop load = new() { Concurrency = 64, InputTokens = 1000, OutputTokens = 200 };
        ClosedLoopResult large = load.Run(Replica);
        ClosedLoopResult small = load.Run(new SimpleReplica(kvBytes: 16 * 1216 * 65_536.0));
        Assert.True(small.Ttft.Mean > 5 * large.Ttft.Mean);
        Assert.True(small.OutputTokensPerSecond < large.OutputTokensPerSecond);
        Assert.InRange(small.Usage.MeanBatch, 14, 17);
    }

    [Fact]
    public void A_pipeline_answers_as_many_times_as_it_has_stages_and_no_sooner()
    {
        ClosedLoopResult one = new ClosedLoop { Concurrency = 1, InputTokens = 100, OutputTokens = 50 }.Run(Replica);
        ClosedLoopResult four = new ClosedLoop { Concurrency = 4, InputTokens = 100, OutputTokens = 50 }.Run(new SimpleReplica(stages: 4));
        Assert.Equal(one.Tpot.Mean, four.Tpot.Mean, 12);
        Assert.Equal(4 * one.OutputTokensPerSecond, four.OutputTokensPerSecond, one.OutputTokensPerSecond * 0.1);
    }

    [Fact]
    public void A_pipeline_with_room_for_fewer_sequences_than_stages_runs_as_many_as_fit()
    {
        SimpleReplica cost = new(stages: 8, kvBytes: 2.5 * 1216 * 65_536.0); // blocks of 32 tokens: room for two
        ClosedLoop load = new() { Concurrency = 2, InputTokens = 1000, OutputTokens = 200 };
        Assert.Equal(load.Run(new SimpleReplica(stages: 2)).Tpot.Mean, load.Run(cost).Tpot.Mean, 12);
        Assert.Equal(1, KvSpace.Batches(new SimpleReplica(stages: 8, kvBytes: 1.5 * 1216 * 65_536.0), 1200, 100));
    }

    [Fact]
    public void The_burst_counts_where_the_loop_is_drained()
    {
        ClosedLoop steady = new() { Concurrency = 64, InputTokens = 2000, OutputTokens = 200, LeastPart = 0.5, Requests = 256 };
        double burst = (steady with { Steady = false }).Run(Replica).Ttft.Max;
        Assert.True(burst > 2 * steady.Run(Replica).Ttft.Max);
    }

    [Fact]
    public void Equal_loads_give_equal_results()
    {
        ClosedLoop load = new() { Concurrency = 16, InputTokens = 500, OutputTokens = 100, LeastPart = 0.5, Seed = 7 };
        Assert.Equal(load.Run(Replica).E2e.Mean, load.Run(Replica).E2e.Mean);
        Assert.NotEqual(load.Run(Replica).E2e.Mean, (load with { Seed = 8 }).Run(Replica).E2e.Mean);
    }

    [Theory]
    [InlineData(-1e9, "does not fit on 1 × simple: 8 GB of weights")]
    [InlineData(65_536.0 * 1000, "a request of 1100 tokens does not fit")]
    public void What_does_not_fit_is_named(double kvBytes, string reason)
    {
        ClosedLoop load = new() { Concurrency = 1, InputTokens = 1000, OutputTokens = 100 };
        PlanningException exception = Assert.Throws<PlanningException>(() => load.Run(new SimpleReplica(kvBytes: kvBytes)));
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(double.NaN)]
    public void Time_that_is_no_time_is_named(double bandwidth)
    {
        ClosedLoop load = new() { Concurrency = 1, InputTokens = 10, OutputTokens = 10 };
        PlanningException exception = Assert.Throws<PlanningException>(() => load.Run(new SimpleReplica(bandwidth)));
        Assert.Contains("simple: a step of 10 tokens would take", exception.Message, StringComparison.Ordinal);
    }
}
