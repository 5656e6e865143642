using Millrace.Cache;
using Millrace.Scheduling;
using Millrace.Tests.Scheduling;

namespace Millrace.Tests.Cache;

public sealed class CacheQuotaTests
{
    const int BlockSize = 4;

    [Theory]
    [InlineData(int.MaxValue, 0)]
    [InlineData(7, 16)]
    public void A_tenant_that_floods_the_cache_drives_out_its_own_blocks_first(int quota, int found)
    {
        Scheduler scheduler = new(new BlockPool(16, BlockSize) { CachedPerTenant = quota }, new SchedulerOptions());
        Run(scheduler, SchedulerTests.Bench.Tokens(1, 17), tenant: 1, salt: 1);
        for (int i = 0; i < 30; i++)
        {
            Run(scheduler, SchedulerTests.Bench.Tokens(100 + i, 20), tenant: 2, salt: 2);
            scheduler.Pool.CheckIntegrity([]);
            Assert.InRange(scheduler.Pool.Cached, 0, quota == int.MaxValue ? 16 : 4 + quota);
        }

        Sequence again = Run(scheduler, SchedulerTests.Bench.Tokens(1, 17), tenant: 1, salt: 1);
        Assert.Equal(found, again.CachedTokens);
    }

    [Fact]
    public void A_block_that_was_given_up_for_others_is_remembered()
    {
        Scheduler scheduler = new(new BlockPool(4, BlockSize), new SchedulerOptions());
        int[] prompt = SchedulerTests.Bench.Tokens(1, 5);
        Run(scheduler, prompt);
        Run(scheduler, SchedulerTests.Bench.Tokens(2, 16));
        Assert.Equal(PrefixMiss.Evicted, Run(scheduler, prompt).Miss);
    }

    [Fact]
    public void A_miss_says_why()
    {
        Scheduler scheduler = new(new BlockPool(64, BlockSize), new SchedulerOptions());
        int[] prompt = SchedulerTests.Bench.Tokens(1, 17);
        Assert.Equal(PrefixMiss.FirstBlockUnknown, Run(scheduler, prompt).Miss);
        Assert.Equal(PrefixMiss.NothingMissing, Run(scheduler, prompt).Miss);
        Assert.Equal(PrefixMiss.FirstBlockUnknown, Run(scheduler, prompt, salt: 9).Miss);
        Assert.Equal(PrefixMiss.ShorterThanBlock, Run(scheduler, [1, 2, 3]).Miss);
        Sequence parted = Run(scheduler, [.. prompt[..9], .. SchedulerTests.Bench.Tokens(2, 10)]);
        Assert.Equal((2, PrefixMiss.Diverged), (parted.CachedBlocks, parted.Miss));
    }

    static Sequence Run(Scheduler scheduler, int[] prompt, long tenant = 0, long salt = 0)
    {
        Sequence sequence = scheduler.Add(prompt, 0, new SequenceOptions { Tenant = tenant, Salt = salt });
        while (scheduler.Schedule().Slices.Count > 0)
        {
            scheduler.Complete(new int[scheduler.Scheduled.Count]);
        }

        return sequence;
    }
}
