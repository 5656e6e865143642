using Millrace.Cache;

namespace Millrace.Scheduling;

/// <summary>Tokens, and how many of them the model has computed. The scheduler has only one rule: computed catches up with the number of tokens.</summary>
public sealed class Sequence
{
    readonly int[] _tokens;
    readonly int _blockSize;

    internal Sequence(ReadOnlySpan<int> tokens, int promptLength, int limit, SequenceOptions options, int blockSize)
    {
        _tokens = new int[limit];
        tokens.CopyTo(_tokens);
        _blockSize = blockSize;
        Count = tokens.Length;
        PromptLength = promptLength;
        Options = options;
        Rank = ((long)options.Class << 32) + options.Priority;
        NextLogits = options.LogitsFrom ?? promptLength - 1;
        Blocks = new BlockTable((limit + blockSize - 1) / blockSize);
    }

    /// <summary>Its tokens: the prompt, then what was sampled. Valid until it is appended to.</summary>
    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, Count);

    /// <summary>How many tokens it has.</summary>
    public int Count { get; private set; }

    /// <summary>How many tokens it may have; it is finished when it has them.</summary>
    public int Limit => _tokens.Length;

    /// <summary>How many of its tokens are the prompt.</summary>
    public int PromptLength { get; }

    /// <summary>How many of its tokens have keys and values in its blocks.</summary>
    public int Computed { get; internal set; }

    /// <summary>The furthest that <see cref="Computed"/> has been: what lies before it and is computed again was preempted.</summary>
    public int Reached { get; private set; }

    /// <summary>Tokens not computed yet.</summary>
    public int Pending => Count - Computed;

    /// <summary>The first position whose logits are still wanted. All positions from here on get a row once, however often they are computed.</summary>
    public int NextLogits { get; private set; }

    /// <summary>How many prompt tokens were ever computed or found; unlike <see cref="Computed"/> it stays when blocks are given back.</summary>
    public int PromptTokensDone => Math.Min(Reached, PromptLength);

    /// <summary>Prompt tokens that were found computed, and not computed for this sequence.</summary>
    public int CachedTokens { get; private set; }

    /// <summary>Tokens that were computed again, because their blocks were taken.</summary>
    public int RecomputedTokens { get; private set; }

    /// <summary>How often it lost its blocks to another.</summary>
    public int Preemptions { get; private set; }

    /// <summary>What it wants besides its tokens.</summary>
    public SequenceOptions Options { get; }

    /// <summary>Class and priority in one number: higher goes first; among equals, who came first.</summary>
    public long Rank { get; }

    /// <summary>KV blocks of its prompt that were found when it began.</summary>
    public int CachedBlocks { get; private set; }

    /// <summary>Why the next one was not.</summary>
    public PrefixMiss Miss { get; private set; }

    /// <summary>Whom it belongs to.</summary>
    public object? Owner => Options.Owner;

    /// <summary>Where it stands.</summary>
    public SequenceState State { get; internal set; }

    /// <summary>Its KV blocks.</summary>
    public BlockTable Blocks { get; }

    /// <summary>Its number in order of arrival, from 0.</summary>
    public long Arrival { get; internal set; }

    internal int BlockSize => _blockSize;

    internal TenantShare Share { get; set; } = null!;

    internal void Append(int token) => _tokens[Count++] = token;

    /// <summary>Goes on with the prompt of one that ended in it: what that one found and computed counts for this one, so that the two count the prompt once.</summary>
    internal void Succeed(Sequence ended)
    {
        Reached = ended.Reached;
        CachedTokens = ended.CachedTokens;
        CachedBlocks = ended.CachedBlocks;
        Miss = ended.Miss;
    }

    /// <summary>Takes what the pool already has of the next tokens. The first wanted logits are always left to compute.</summary>
    internal void Match(BlockPool pool)
    {
        if (Blocks.Published == Blocks.Count && Computed % _blockSize == 0)
        {
            PrefixMiss miss = pool.Match(Blocks, Tokens, Options.Salt, NextLogits);
            Computed = Math.Min(Blocks.Count * _blockSize, NextLogits);
            if (Reached == 0)
            {
                Miss = miss;
                CachedBlocks = Blocks.Count;
            }
        }
    }

    /// <summary>Gives all blocks back.</summary>
    internal void Release(BlockPool pool)
    {
        pool.Truncate(Blocks, 0);
        Computed = 0;
    }

    /// <summary>Gives up the block that the next token falls into: that block's tokens will be computed again.</summary>
    internal void Rewind(BlockPool pool)
    {
        pool.Truncate(Blocks, Computed / _blockSize);
        Computed = Blocks.Count * _blockSize;
    }

    internal void Advance(BlockPool pool, int tokens)
    {
        if (Computed > Reached)
        {
            CachedTokens += Math.Max(0, Math.Min(Computed, PromptLength) - Reached); // found, not computed here
        }

        RecomputedTokens += Math.Max(0, Math.Min(Computed + tokens, Reached) - Computed);
        Computed += tokens;
        Reached = Math.Max(Reached, Computed);
        NextLogits = Math.Max(NextLogits, Computed);
        pool.Publish(Blocks, Tokens, Options.Salt, Computed, Options.Tenant);
    }

    internal void Preempt(BlockPool pool)
    {
        Release(pool);
        Preemptions++;
        State = SequenceState.Waiting;
    }

    internal Sequence Fork(BlockPool pool, int limit, object? owner)
    {
        SequenceOptions options = Options with { LogitsFrom = NextLogits, Owner = owner };
        var fork = new Sequence(Tokens, PromptLength, limit, options, _blockSize) { Computed = Computed, State = State };
        fork.Reached = Reached;
        pool.Fork(Blocks, fork.Blocks);
        return fork;
    }
}
