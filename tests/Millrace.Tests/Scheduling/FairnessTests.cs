using Millrace.Scheduling;

namespace Millrace.Tests.Scheduling;

public sealed class FairnessTests
{
    [Fact]
    public void One_request_of_a_tenant_does_not_wait_for_a_thousand_of_another()
    {
        SchedulerTests.Bench bench = new(maxSequences: 2);
        for (int i = 0; i < 1000; i++)
        {
            Add(bench, tenant: 1);
        }

        for (int i = 0; i < 20; i++)
        {
            bench.Step();
        }

        Sequence one = Add(bench, tenant: 2);
        int steps = 0;
        while (one.State != SequenceState.Finished)
        {
            bench.Step();
            steps++;
        }

        Assert.InRange(steps, 1, 12); // a place comes free within 5 steps, and then it takes 5
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 3)]
    [InlineData(2, 5)]
    public void Tenants_that_always_have_work_get_tokens_by_their_weights(int left, int right)
    {
        SchedulerTests.Bench bench = new(blocks: 200, maxSequences: 4);
        List<Sequence>[] sequences = [[], []];
        for (int i = 0; i < 400; i++)
        {
            sequences[0].Add(Add(bench, tenant: 7, weight: left));
            sequences[1].Add(Add(bench, tenant: -7, weight: right));
        }

        for (int i = 0; i < 300; i++)
        {
            bench.Step();
        }

        double[] served = [.. sequences.Select(list => list.Sum(sequence => (double)sequence.Reached))];
        Assert.InRange(served[1] / served[0] / ((double)right / left), 0.9, 1.1);
    }

    [Fact]
    public void A_tenant_that_comes_back_has_earned_nothing_by_waiting()
    {
        SchedulerTests.Bench bench = new(maxSequences: 1);
        Add(bench, tenant: 2);
        bench.RunAll();
        for (int i = 0; i < 20; i++)
        {
            Add(bench, tenant: 1);
        }

        for (int i = 0; i < 25; i++)
        {
            bench.Step();
        }

        Sequence[] back = [.. Enumerable.Range(0, 10).Select(_ => Add(bench, tenant: 2))];
        Sequence[] waiting = [.. bench.Scheduler.Waiting.Where(sequence => sequence.Options.Tenant == 1)];
        for (int i = 0; i < 50; i++)
        {
            bench.Step();
        }

        int done = back.Count(sequence => sequence.State == SequenceState.Finished);
        Assert.InRange(done - waiting.Count(sequence => sequence.State == SequenceState.Finished), -2, 2);
    }

    [Fact]
    public void A_higher_class_goes_first_whatever_the_priority_and_takes_the_place_of_a_lower()
    {
        SchedulerTests.Bench bench = new(maxSequences: 1);
        Sequence batch = Add(bench, 1, ServiceClass.Batch, priority: int.MaxValue);
        bench.Step();
        Sequence standard = Add(bench, 1, ServiceClass.Standard, priority: int.MinValue);
        bench.Step();
        Sequence realtime = Add(bench, 1, ServiceClass.Realtime);
        bench.Step();
        Assert.Equal((1, 1, 0), (batch.Preemptions, standard.Preemptions, realtime.Preemptions));
        bench.RunAll();
        Assert.Equal(batch.Tokens[8..].ToArray(), bench.Model.Continue(batch.Tokens[..8].ToArray(), 5));
    }

    static Sequence Add(SchedulerTests.Bench bench, long tenant, ServiceClass serviceClass = ServiceClass.Standard, int weight = 1, int priority = 0)
    {
        Sequence sequence = bench.Scheduler.Add(
            SchedulerTests.Bench.Tokens((int)bench.Scheduler.Waiting.Count + 1000 * (int)tenant, 8), 5,
            new SequenceOptions { Tenant = tenant, Class = serviceClass, Weight = weight, Priority = priority });
        bench.Follow(sequence);
        return sequence;
    }
}
