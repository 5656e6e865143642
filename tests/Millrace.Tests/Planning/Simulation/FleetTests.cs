using Millrace.Planning;
using Millrace.Planning.Simulation;
using Millrace.Scheduling;

namespace Millrace.Tests.Planning.Simulation;

public class FleetTests
{
    static readonly SimpleReplica Replica = new();

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.5)]
    [InlineData(0.8)]
    public void Waiting_is_that_of_a_queue_with_random_arrivals_and_fixed_service(double load)
    {
        // One prompt at a time, and nothing after it: M/D/1, whose mean wait is ρ S / (2 (1 - ρ)).
        double service = 1e-3 + 16e9 * 1000 / 1e15;
        IEnumerable<PlannedRequest> requests = Workloads.At(Prompts(1000, 1).Take(200_000), load / service, 1, 5);
        FleetResult result = new Fleet(One() with { MaxSequences = 1, PrefixCache = false }).Run(requests, TestContext.Current.CancellationToken);
        double wait = load * service / (2 * (1 - load));
        Assert.Equal(service + wait, result.Ttft.Mean, (service + wait) * 0.03);
        Assert.Equal(load, result.Groups[0].Utilisation, 0.02);
    }

    [Fact, Trait("Probe", "89")]
    public void A_run_is_the_same_to_the_last_byte()
    {
        string first = Log(), again = Log();
        Assert.Equal(first, again);
        Assert.True(first.Split('\n').Length > 1000);

        static string Log()
        {
            MemoryStream stream = new();
            FleetOptions options = One(count: 3) with { Log = stream, Router = RouterPolicy.Prefix };
            IEnumerable<PlannedRequest> requests = Workloads.At(new RandomLengths { Input = 300, Output = 30, RangeRatio = 0.9, PrefixTokens = 256, Prefixes = 5 }.Plan(1).Take(200), 100, 0.5, 2);
            new Fleet(options).Run(Workloads.Classed(requests, 0.3, 0.3, 3), TestContext.Current.CancellationToken);
            return System.Text.Encoding.UTF8.GetString(stream.ToArray());
        }
    }

    [Fact]
    public void Everything_that_came_is_accounted_for()
    {
        IEnumerable<PlannedRequest> requests = Workloads.At(new RandomLengths { Input = 900, Output = 200, RangeRatio = 0.9 }.Plan(1).Take(500), 300, 1, 2).ToArray();
        FleetResult result = new Fleet(One(kvBytes: 65_536.0 * 3000, count: 2) with { UsualTokens = 1000 }).Run(requests.Append(new([new PromptPart(1, 4000)], 5, 1e6)), TestContext.Current.CancellationToken);
        Assert.Equal((501, 500, 1), (result.Requests, result.Completed, result.Rejected));
        Assert.Equal(requests.Sum(request => request.InputTokens), result.InputTokens);
        Assert.Equal(requests.Sum(request => request.OutputTokens), result.OutputTokens);
        Assert.True(result.Preemptions > 0 && result.RecomputedTokens > 0);
        // The last token of an answer is never computed.
        Assert.Equal(result.InputTokens + result.OutputTokens - 500 + result.RecomputedTokens, result.Groups[0].Usage.Tokens + result.Groups[0].CachedTokens);
        Assert.Equal(500, result.Ttft.Count);
        Assert.Equal(result.OutputTokens - 500, result.Itl.Count);
    }

    [Fact]
    public void A_prefix_is_found_where_the_router_sends_what_shares_it()
    {
        PlannedRequest[] requests = [.. Workloads.At(new RandomLengths { Input = 100, Output = 20, PrefixTokens = 2048, Prefixes = 40 }.Plan(1).Take(2000), 100, 1, 2)];
        FleetOptions fleet = One(kvBytes: 65_536.0 * 40_000, count: 4);
        double Cached(RouterPolicy router) => new Fleet(fleet with { Router = router }).Run(requests, TestContext.Current.CancellationToken).CachedShare;
        Assert.True(Cached(RouterPolicy.Prefix) > Cached(RouterPolicy.RoundRobin) + 0.1);
        Assert.True(Cached(RouterPolicy.Session) > 0.5);
        Assert.Equal(0, new Fleet(fleet with { PrefixCache = false }).Run(requests, TestContext.Current.CancellationToken).CachedShare);
    }

    [Theory]
    [InlineData(RouterPolicy.RoundRobin)]
    [InlineData(RouterPolicy.LeastLoaded)]
    [InlineData(RouterPolicy.LeastKv)]
    [InlineData(RouterPolicy.Prefix)]
    public void Each_replica_gets_its_share(RouterPolicy router)
    {
        IEnumerable<PlannedRequest> requests = Workloads.At(Prompts(500, 50).Take(400), 200, 1, 2);
        FleetResult result = new Fleet(One() with { Router = router, Groups = [.. Enumerable.Range(0, 4).Select(_ => new ReplicaGroup(Replica, 1, 2))] }).Run(requests, TestContext.Current.CancellationToken);
        Assert.All(result.Groups, group => Assert.InRange(group.Usage.Tokens, 0.8 * 400 * 549 / 4, 1.2 * 400 * 549 / 4));
    }

    [Fact]
    public void Those_who_wait_for_each_token_are_served_before_batches()
    {
        IEnumerable<PlannedRequest> requests = Workloads.Classed(Workloads.At(Prompts(2000, 100).Take(600), 60, 1, 2), 0.1, 0.5, 3);
        FleetResult result = new Fleet(One(kvBytes: 65_536.0 * 60_000) with { Targets = of => of == ServiceClass.Realtime ? new Targets(Ttft: 0.2) : new Targets() }).Run(requests, TestContext.Current.CancellationToken);
        Latencies Of(ServiceClass of) => result.Classes.Single(latencies => latencies.Class == of);
        Assert.True(new Statistics(Of(ServiceClass.Realtime).Ttft).Percentile(99) < 0.2 * new Statistics(Of(ServiceClass.Batch).Ttft).Percentile(50));
        Assert.True(Of(ServiceClass.Realtime).Itl.Percentile(99) < Of(ServiceClass.Standard).Itl.Percentile(99));
        Assert.Equal(Of(ServiceClass.Batch).E2e.Count, Of(ServiceClass.Batch).Kept);
    }

    [Fact]
    public void Prompts_that_come_without_a_pause_do_not_keep_pieces_small()
    {
        // From the first token on a prompt waits: no step would be without a piece, and what a bound is a multiple of would never be known.
        IEnumerable<PlannedRequest> requests = Workloads.At(Prompts(2000, 100).Take(60), 8, 1, 1).Select(request => request with { Class = ServiceClass.Realtime });
        FleetResult result = new Fleet(One()).Run(requests, TestContext.Current.CancellationToken);
        Assert.True(result.Ttft.Percentile(99) < 1, $"{result.Ttft.Percentile(99)} s");
    }

    [Fact]
    public void Prompts_computed_apart_do_not_stretch_the_gaps_of_others()
    {
        PlannedRequest[] requests = [.. Workloads.At(Prompts(4000, 200).Take(300), 8, 1, 2)];
        FleetResult together = new Fleet(One(count: 2)).Run(requests, TestContext.Current.CancellationToken);
        FleetOptions apart = One() with { Groups = [new(Replica, 1, 2, ReplicaRole.Prefill), new(Replica, 1, 2, ReplicaRole.Decode)], LinkBytesPerSecond = 50e9, LinkLatency = 1e-3 };
        FleetResult result = new Fleet(apart).Run(requests, TestContext.Current.CancellationToken);
        Assert.Equal((300, 300 * 200), (result.Completed, result.OutputTokens));
        Assert.True(result.Itl.Percentile(99) < 0.5 * together.Itl.Percentile(99));
        // The prompts came over the link, 125 blocks each: 199 tokens are computed behind one, and the last of an answer is not.
        Assert.Equal(300 * 199, result.Groups[1].Usage.Tokens);

        // A link of a hundredth delays the second token, not the first.
        FleetResult slow = new Fleet(apart with { LinkBytesPerSecond = 0.5e9 }).Run(requests, TestContext.Current.CancellationToken);
        Assert.Equal(result.Ttft.Mean, slow.Ttft.Mean, 9);
        Assert.True(slow.E2e.Mean > result.E2e.Mean + 4000 * 65_536 / 0.5e9 * 0.9);
    }

    [Fact]
    public void A_pipeline_of_many_stages_has_as_many_batches_as_find_room()
    {
        // 40 stages whose memory together holds 3,000 tokens: three requests of 900 at once, not forty, and not none.
        SimpleReplica many = new(kvBytes: 65_536.0 * 3000, stages: 40);
        FleetOptions options = One() with { Groups = [new(many, 1, 2)], UsualTokens = 500, LongTokens = 900 };
        FleetResult result = new Fleet(options).Run(Workloads.At(Prompts(800, 100).Take(30), 1000, 1, 2), TestContext.Current.CancellationToken);
        Assert.Equal((30, 0), (result.Completed, result.Rejected));
        double alone = new Fleet(options).Run(Workloads.At(Prompts(800, 100).Take(1), 1, 1, 2), TestContext.Current.CancellationToken).E2e.Mean;
        Assert.Equal(10 * alone, result.E2e.Max, alone * 0.1);
    }

    [Fact]
    public void Cost_and_energy_are_those_of_all_replicas_all_the_time()
    {
        PlannedRequest[] requests = [.. Workloads.At(Prompts(500, 100).Take(100), 5, 1, 2)];
        FleetResult result = new Fleet(One(count: 2)).Run(requests, TestContext.Current.CancellationToken);
        Assert.Equal(4, result.DollarsPerHour);
        Assert.Equal(4.0 / 3600 * result.Seconds / (100 * 100) * 1e6, result.DollarsPerMillionOutput, 9);
        double busy = result.Groups[0].Usage.Seconds;
        Assert.Equal(500 * busy + 100 * (2 * result.Seconds - busy), result.Joules, 6);
    }

    [Fact]
    public void A_steps_bookkeeping_allocates_nothing()
    {
        // Twice the tokens of the answers are twice the steps; what requests allocate stays but for their tokens' room.
        long Bytes(int output)
        {
            PlannedRequest[] requests = [.. Workloads.At(Prompts(64, output).Take(50), 1000, 1, 2)];
            long before = GC.GetAllocatedBytesForCurrentThread();
            long steps = new Fleet(One()).Run(requests, TestContext.Current.CancellationToken).Steps;
            Assert.True(steps > output);
            return GC.GetAllocatedBytesForCurrentThread() - before - 50L * output * sizeof(int) * 33 / 32;
        }

        Bytes(400);
        long few = Bytes(400);
        Assert.InRange(Bytes(1600) - few, -4096, 4096);
    }

    [Fact]
    public void What_cannot_be_simulated_is_named()
    {
        Throws("a fleet needs at least one replica", One() with { Groups = [] });
        Throws("expected a link of more than 0 bytes per second, found 0", One() with { LinkBytesPerSecond = 0 });
        Throws("replicas of a fleet either all do both", One() with { Groups = [new(Replica, 1, 2), new(Replica, 1, 2, ReplicaRole.Prefill)] });
        Throws("needs replicas for prompts and for answers", One() with { Groups = [new(Replica, 1, 2, ReplicaRole.Prefill)] });
        Throws("does not fit on 1 × simple", One(kvBytes: -1));
        Throws("leave no memory for keys and values (-30 MB)", One(kvBytes: -30e6));
        Throws("simple: a step of 10 tokens would take Infinity s", One() with { Groups = [new(new SimpleReplica(bandwidth: 0), 1, 2)] });

        static void Throws(string reason, FleetOptions options) =>
            Assert.Contains(reason, Assert.Throws<PlanningException>(() => new Fleet(options).Run([new([new PromptPart(1, 10)], 1, 0)], TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }

    static FleetOptions One(double kvBytes = 60e9, int count = 1) => new() { Groups = [new(new SimpleReplica(kvBytes: kvBytes), count, 2)] };

    static IEnumerable<PlannedRequest> Prompts(int input, int output) => new RandomLengths { Input = input, Output = output }.Plan(9);
}
