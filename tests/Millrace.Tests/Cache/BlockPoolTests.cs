using Millrace.Cache;

namespace Millrace.Tests.Cache;

public sealed class BlockPoolTests
{
    static readonly List<(int From, int To)> NoCopies = [];

    [Theory, Trait("Probe", "82")]
    [InlineData(1, 64)]
    [InlineData(4, 64)]
    [InlineData(32, 64)]
    [InlineData(4, 1)] // every look-up collides
    [InlineData(32, 1)]
    public void An_equal_prefix_is_found_and_another_is_not(int blockSize, int buckets)
    {
        var pool = new BlockPool(64, blockSize, buckets);
        int[][] prompts = [.. Enumerable.Range(0, 8).Select(seed => Tokens(seed, 3 * blockSize))];
        BlockTable[] tables = [.. prompts.Select(prompt => Computed(pool, prompt))];

        for (int i = 0; i < prompts.Length; i++)
        {
            var again = new BlockTable();
            pool.Match(again, prompts[i], 0, int.MaxValue);
            Assert.Equal(tables[i], again);
            pool.Truncate(again, 0);

            int[] other = [.. prompts[i]];
            other[blockSize * 2 - 1] ^= 1 << 20; // the last token of the second block
            pool.Match(again, other, 0, int.MaxValue);
            Assert.Equal(tables[i].Take(1), again);
            pool.Truncate(again, 0);
        }

        pool.CheckIntegrity(tables);
    }

    [Fact]
    public void Equal_tokens_after_another_parent_are_another_block()
    {
        var pool = new BlockPool(16, 4);
        BlockTable first = Computed(pool, [1, 1, 1, 1, 7, 7, 7, 7]);
        var second = new BlockTable();
        pool.Match(second, [2, 2, 2, 2, 7, 7, 7, 7], 0, int.MaxValue);
        Assert.Empty(second);
        pool.Match(second, [7, 7, 7, 7], 0, int.MaxValue);
        Assert.Empty(second);
        pool.CheckIntegrity([first]);
    }

    [Fact]
    public void Another_salt_never_finds_a_block()
    {
        var pool = new BlockPool(16, 4);
        int[] tokens = Tokens(0, 8);
        BlockTable first = Computed(pool, tokens, salt: 1);
        var second = new BlockTable();
        pool.Match(second, tokens, 2, int.MaxValue);
        Assert.Empty(second);
        pool.Match(second, tokens, 1, int.MaxValue);
        Assert.Equal(first, second);
    }

    [Fact]
    public void Two_that_computed_the_same_block_end_with_one()
    {
        var pool = new BlockPool(16, 4);
        int[] tokens = Tokens(3, 8);
        var a = new BlockTable();
        var b = new BlockTable();
        pool.Extend(a, 0, 8, NoCopies);
        pool.Extend(b, 0, 8, NoCopies);
        Assert.Equal(12, pool.Free);
        pool.Publish(a, tokens, 0, 8);
        pool.Publish(b, tokens, 0, 8);
        Assert.Equal(a, b);
        Assert.Equal(14, pool.Free);
        pool.CheckIntegrity([a, b]);
    }

    [Fact]
    public void A_block_that_is_not_full_is_not_published()
    {
        var pool = new BlockPool(4, 4);
        BlockTable table = Computed(pool, Tokens(0, 7));
        Assert.Equal(1, table.Published);
        Assert.Equal(1, pool.Published);
    }

    [Fact]
    public void Writing_after_a_fork_copies_the_shared_block_once()
    {
        var pool = new BlockPool(8, 4);
        BlockTable source = Computed(pool, Tokens(0, 6));
        var fork = new BlockTable();
        pool.Fork(source, fork);
        int shared = source[1];
        List<(int From, int To)> copies = [];
        Assert.Equal(1, pool.Lacking(fork, 6, 7));
        pool.Extend(fork, 6, 7, copies);
        Assert.Equal([(shared, fork[1])], copies);
        Assert.NotEqual(shared, fork[1]);
        Assert.Equal(source[0], fork[0]);

        Assert.Equal(0, pool.Lacking(source, 6, 7)); // now it is alone with the block
        pool.Extend(source, 6, 7, copies);
        Assert.Single(copies);
        pool.CheckIntegrity([source, fork]);
    }

    [Fact]
    public void Writing_into_a_published_block_copies_it()
    {
        var pool = new BlockPool(8, 4);
        int[] tokens = Tokens(0, 8);
        BlockTable source = Computed(pool, tokens);
        pool.Truncate(source, 0);
        var table = new BlockTable();
        pool.Match(table, tokens, 0, limit: 7);
        int found = table[1];
        List<(int From, int To)> copies = [];
        pool.Extend(table, 7, 8, copies);
        Assert.Equal([(found, table[1])], copies);
        pool.Publish(table, tokens, 0, 8);
        Assert.Equal(found, table[1]); // and the copy made way for the one that was there
        pool.CheckIntegrity([table]);
    }

    [Fact]
    public void The_longest_unused_is_evicted_first_and_a_prefix_outlives_what_continues_it()
    {
        var pool = new BlockPool(4, 4);
        int[] old = Tokens(1, 8);
        int[] recent = Tokens(2, 8);
        BlockTable a = Computed(pool, old);
        BlockTable b = Computed(pool, recent);
        pool.Truncate(a, 0);
        pool.Truncate(b, 0);

        var c = new BlockTable();
        pool.Extend(c, 0, 4, NoCopies);
        Assert.Equal(1, Found(pool, old)); // its second block went
        Assert.Equal(2, Found(pool, recent));
        pool.Extend(c, 4, 8, NoCopies);
        Assert.Equal(0, Found(pool, old));
        Assert.Equal(2, Found(pool, recent));
        pool.CheckIntegrity([c]);
    }

    [Fact]
    public void What_is_used_again_is_evicted_later()
    {
        var pool = new BlockPool(2, 4);
        int[] first = Tokens(1, 4);
        int[] second = Tokens(2, 4);
        pool.Truncate(Computed(pool, first), 0);
        pool.Truncate(Computed(pool, second), 0);
        Assert.Equal(1, Found(pool, first));
        pool.Extend(new BlockTable(), 0, 4, NoCopies);
        Assert.Equal(1, Found(pool, first));
        Assert.Equal(0, Found(pool, second));
    }

    [Fact]
    public void Blocks_that_hold_nothing_are_reused_before_cached_ones()
    {
        var pool = new BlockPool(2, 4);
        int[] cached = Tokens(1, 4);
        pool.Truncate(Computed(pool, cached), 0);
        for (int i = 0; i < 5; i++)
        {
            var table = new BlockTable();
            pool.Extend(table, 0, 3, NoCopies);
            pool.Truncate(table, 0);
        }

        Assert.Equal(1, Found(pool, cached));
    }

    [Fact]
    public void A_held_block_is_never_evicted_and_an_empty_pool_says_so()
    {
        var pool = new BlockPool(2, 4);
        BlockTable table = Computed(pool, Tokens(1, 8));
        Assert.Equal(0, pool.Free);
        Assert.Throws<InvalidOperationException>(() => pool.Extend(new BlockTable(), 0, 1, NoCopies));
        Assert.Equal(2, table.Count);
    }

    [Fact, Trait("Probe", "81")]
    public void The_integrity_check_sees_a_lost_reference()
    {
        var pool = new BlockPool(4, 4);
        BlockTable table = Computed(pool, Tokens(1, 8));
        pool.CheckIntegrity([table]);
        Assert.Throws<InvalidOperationException>(() => pool.CheckIntegrity([]));
        Assert.Throws<InvalidOperationException>(() => pool.CheckIntegrity([table, table]));
    }

    [Fact]
    public void Nothing_allocates_after_the_constructor()
    {
        var pool = new BlockPool(64, 16);
        int[][] prompts = [.. Enumerable.Range(0, 20).Select(seed => Tokens(seed % 7, 70 + seed))];
        var table = new BlockTable(16);
        List<(int From, int To)> copies = new(16);
        void Round()
        {
            foreach (int[] prompt in prompts)
            {
                pool.Match(table, prompt, 0, prompt.Length - 1);
                int computed = Math.Min(table.Count * 16, prompt.Length - 1);
                copies.Clear();
                pool.Extend(table, computed, prompt.Length, copies);
                pool.Publish(table, prompt, 0, prompt.Length);
                pool.Truncate(table, 0);
            }
        }

        Round();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Round();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void A_pool_that_shares_nothing_finds_nothing_and_gives_all_blocks_back()
    {
        var pool = new BlockPool(8, 4, sharing: false);
        int[] tokens = Tokens(1, 12);
        BlockTable table = Computed(pool, tokens);
        Assert.Equal(0, pool.Published);
        Assert.Equal(0, Found(pool, tokens));
        Assert.False(pool.MustCopy(table, 11));
        pool.CheckIntegrity([table]);
        pool.Truncate(table, 0);
        Assert.Equal((8, 0), (pool.Free, pool.Cached));
        pool.CheckIntegrity([]);
    }

    static int Found(BlockPool pool, int[] tokens)
    {
        var table = new BlockTable();
        pool.Match(table, tokens, 0, int.MaxValue);
        int found = table.Count;
        pool.Truncate(table, 0);
        return found;
    }

    static BlockTable Computed(BlockPool pool, int[] tokens, long salt = 0)
    {
        var table = new BlockTable();
        pool.Extend(table, 0, tokens.Length, NoCopies);
        pool.Publish(table, tokens, salt, tokens.Length);
        return table;
    }

    static int[] Tokens(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(1000))];
    }
}
