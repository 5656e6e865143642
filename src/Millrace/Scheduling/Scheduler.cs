using System.Diagnostics;
using Millrace.Cache;

namespace Millrace.Scheduling;

/// <summary>Decides what each step computes. It knows no prefill and no decode: every running sequence's computed tokens catch up with its tokens, within the bounds of a step and the blocks there are. Pure bookkeeping: no tensors, clocks, threads or randomness; equal calls give equal steps.</summary>
/// <remarks>
/// <para>Sequences stand in one order: higher class first, then higher priority, then who came first. A sequence may take blocks from those behind it, never from those before it, so the first always moves and all finish in the end. One whose blocks are taken waits, and computes them again (or finds them still cached).</para>
/// <para>Sequences that need one token come before longer pieces when a step's tokens are handed out: a long prompt fills what the others leave.</para>
/// </remarks>
public sealed class Scheduler
{
    static readonly Comparer<Sequence> Order = Comparer<Sequence>.Create(static (a, b) =>
        a.Rank != b.Rank ? b.Rank.CompareTo(a.Rank) : a.Arrival.CompareTo(b.Arrival));

    readonly SchedulerOptions _options;
    readonly StepBatch _batch = new();
    readonly List<Sequence> _running;
    readonly List<Sequence> _waiting = [];
    readonly List<Sequence> _scheduled;
    readonly List<Sequence> _preempted = [];
    readonly TenantShares _tenants = new();
    long _arrivals;
    int _stepTokens;

    /// <summary>Creates a scheduler over a pool that it alone uses.</summary>
    public Scheduler(BlockPool pool, SchedulerOptions options)
    {
        options.Validate();
        Pool = pool;
        _options = options;
        _stepTokens = options.StepTokens;
        _running = new(options.MaxSequences);
        _scheduled = new(options.MaxSequences);
        _batch.Tokens.EnsureCapacity(options.StepTokens);
        _batch.Slices.EnsureCapacity(options.MaxSequences);
        _batch.Copies.EnsureCapacity(options.MaxSequences);
    }

    /// <summary>The blocks.</summary>
    public BlockPool Pool { get; }

    /// <summary>Tokens in a step; may change between steps, up to the number in the options.</summary>
    public int StepTokens
    {
        get => _stepTokens;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, _options.StepTokens);
            _stepTokens = value;
        }
    }

    /// <summary>The bounds of a step.</summary>
    public SchedulerOptions Options => _options;

    /// <summary>The sequences that run, first in order first.</summary>
    public IReadOnlyList<Sequence> Running => _running;

    /// <summary>The sequences that wait, first in order first.</summary>
    public IReadOnlyList<Sequence> Waiting => _waiting;

    /// <summary>The sequences of the current step, one for each slice of the batch, until the next <see cref="Schedule"/>.</summary>
    public IReadOnlyList<Sequence> Scheduled => _scheduled;

    /// <summary>The sequences that lost their blocks when the current step was chosen, until the next <see cref="Schedule"/>.</summary>
    public IReadOnlyList<Sequence> Preempted => _preempted;

    /// <summary>Prompt tokens of the sequences that have begun, in all.</summary>
    public long PromptTokens { get; private set; }

    /// <summary>Prompt tokens that sequences found computed, in all.</summary>
    public long CachedTokens { get; private set; }

    /// <summary>Tokens computed again after their blocks were taken, in all.</summary>
    public long RecomputedTokens { get; private set; }

    /// <summary>How often a sequence lost its blocks to another.</summary>
    public long Preemptions { get; private set; }

    /// <summary>The most tokens whose keys and values fit into the cache at once.</summary>
    public int Capacity => Pool.Blocks * Pool.BlockSize;

    /// <summary>Adds a sequence, which waits for its first step.</summary>
    /// <param name="prompt">At least one token.</param>
    /// <param name="maxNewTokens">How many tokens may be appended; 0 only computes the prompt.</param>
    /// <param name="options">What else it wants.</param>
    /// <exception cref="ArgumentException">The prompt is empty, or the sequence could never fit into the cache.</exception>
    public Sequence Add(ReadOnlySpan<int> prompt, int maxNewTokens, SequenceOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfZero(prompt.Length, nameof(prompt));
        ArgumentOutOfRangeException.ThrowIfNegative(maxNewTokens);
        ArgumentOutOfRangeException.ThrowIfNegative(options.LogitsFrom ?? 0, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(options.LogitsFrom ?? 0, prompt.Length, nameof(options));
        long computed = (long)prompt.Length + Math.Max(0, maxNewTokens - 1); // the last token is never computed
        if (computed > Capacity)
        {
            throw new ArgumentException($"{prompt.Length} prompt tokens and {maxNewTokens} new ones need a cache of {computed} tokens, and there are {Capacity}", nameof(prompt));
        }

        var sequence = new Sequence(prompt, prompt.Length, prompt.Length + maxNewTokens, options, Pool.BlockSize) { Arrival = _arrivals++ };
        sequence.Share = _tenants.Enter(options.Tenant, options.Class);
        Insert(_waiting, sequence);
        return sequence;
    }

    /// <summary>Adds a sequence that continues as another does, and shares its blocks until either writes. It waits if the other waits or no place is left. Not between <see cref="Schedule"/> and <see cref="Advance"/>; one that has caught up must be appended to, and so must its fork.</summary>
    /// <param name="sequence">The other.</param>
    /// <param name="owner">Whom the new one belongs to.</param>
    public Sequence Fork(Sequence sequence, object? owner = null)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(sequence.State, SequenceState.Finished, nameof(sequence));
        Sequence fork = sequence.Fork(Pool, sequence.Limit, owner);
        fork.Arrival = _arrivals++;
        fork.Share = _tenants.Enter(fork.Options.Tenant, fork.Options.Class);
        if (fork.State == SequenceState.Running && _running.Count == _options.MaxSequences)
        {
            fork.Release(Pool);
            fork.State = SequenceState.Waiting;
        }

        Insert(fork.State == SequenceState.Running ? _running : _waiting, fork);
        return fork;
    }

    /// <summary>Ends a sequence, whatever its state, and frees what it holds.</summary>
    public void Finish(Sequence sequence)
    {
        if (sequence.State == SequenceState.Finished)
        {
            return;
        }

        List<Sequence> list = sequence.State == SequenceState.Running ? _running : _waiting;
        list.RemoveAt(list.BinarySearch(sequence, Order));
        sequence.Release(Pool);
        sequence.State = SequenceState.Finished;
        TenantShares.Leave(sequence.Share);
    }

    /// <summary>Chooses the next step. The batch is valid until the next call; it is empty only when there is nothing to do.</summary>
    public StepBatch Schedule()
    {
        _batch.Clear();
        _scheduled.Clear();
        _preempted.Clear();
        Admit();
        int tokens = _stepTokens;
        int logits = _options.StepLogits;
        int singles = CountSingles();
        for (int i = 0; i < _running.Count && tokens > 0; i++)
        {
            Sequence sequence = _running[i];
            singles -= sequence.Pending == 1 ? 1 : 0;
            sequence.Match(Pool);
            // The first always gets a token, so that there is no step in which nothing moves.
            int left = sequence.Pending == 1 ? tokens : Math.Max(i == 0 ? 1 : 0, tokens - singles);
            int count = Math.Min(sequence.Pending, left);
            count = Math.Min(count, sequence.NextLogits - sequence.Computed + logits);
            count = FindBlocks(i, count);
            if (count > 0)
            {
                int rows = Place(sequence, count);
                tokens -= count;
                logits -= rows;
            }
        }

        return _batch;
    }

    /// <summary>Takes note that the step was computed: advances its sequences, publishes their full blocks, appends what was sampled, and ends those that are complete.</summary>
    /// <param name="next">For each slice the token sampled from its last row, or -1: for a sequence that has caught up it means that it ends here; for one that has not it is ignored.</param>
    public void Complete(ReadOnlySpan<int> next)
    {
        Debug.Assert(next.Length == _scheduled.Count);
        Advance();
        for (int i = 0; i < _scheduled.Count; i++)
        {
            Append(_scheduled[i], next[i]);
        }
    }

    /// <summary>The first half of <see cref="Complete"/>: the step's tokens count as computed, and full blocks are published. Those ended since the step was chosen are left alone.</summary>
    public void Advance()
    {
        for (int i = 0; i < _scheduled.Count; i++)
        {
            Sequence sequence = _scheduled[i];
            if (sequence.State == SequenceState.Running)
            {
                int cached = sequence.CachedTokens;
                int recomputed = sequence.RecomputedTokens;
                PromptTokens += sequence.Reached == 0 ? sequence.PromptLength : 0;
                sequence.Advance(Pool, _batch.Slices[i].Count);
                TenantShares.Charge(sequence.Share, _batch.Slices[i].Count, sequence.Options.Weight);
                CachedTokens += sequence.CachedTokens - cached;
                RecomputedTokens += sequence.RecomputedTokens - recomputed;
            }
        }
    }

    /// <summary>The second half of <see cref="Complete"/>, for one sequence: where it has caught up it gets the token sampled, or ends.</summary>
    /// <param name="sequence">It may have ended, or not caught up yet: then nothing happens.</param>
    /// <param name="next">The token, or -1 to end.</param>
    public void Append(Sequence sequence, int next)
    {
        if (sequence.State == SequenceState.Finished || sequence.Pending > 0 && sequence.State == SequenceState.Running)
        {
            return;
        }

        if (next >= 0 && sequence.Count < sequence.Limit)
        {
            sequence.Append(next);
        }

        if (next < 0 || sequence.Count == sequence.Limit)
        {
            Finish(sequence);
        }
    }

    /// <summary>Lets waiting sequences run as long as places and blocks for all their tokens are there, or those of lower priority can make room. The first in order that must wait holds back the rest, so none starves.</summary>
    void Admit()
    {
        if (_waiting.Count == 0)
        {
            return;
        }

        int owed = 0; // blocks that running sequences will still take for the tokens they have
        foreach (Sequence sequence in _running)
        {
            owed += Pool.BlocksFor(sequence.Count) - sequence.Blocks.Count;
        }

        while (_waiting.Count > 0)
        {
            int index = NextWaiting();
            Sequence first = _waiting[index];
            first.Match(Pool);
            int need = Pool.BlocksFor(first.Count) - first.Blocks.Count;
            if (_running.Count < _options.MaxSequences && need + owed <= Pool.Free)
            {
                _waiting.RemoveAt(index);
                first.State = SequenceState.Running;
                Insert(_running, first);
                owed += need;
                continue;
            }

            first.Release(Pool);
            if (!Outranks(first))
            {
                return;
            }

            Sequence last = _running[^1];
            owed -= Pool.BlocksFor(last.Count) - last.Blocks.Count;
            PreemptLast();
        }
    }

    /// <summary>Of those that wait with the highest rank, the first of the tenant that was served least.</summary>
    int NextWaiting()
    {
        int next = 0;
        if (_running.Count < _options.MaxSequences) // else none comes in, unless by rank
        {
            for (int i = 1; i < _waiting.Count && _waiting[i].Rank == _waiting[0].Rank; i++)
            {
                next = _waiting[i].Share.Served < _waiting[next].Share.Served ? i : next;
            }
        }

        return next;
    }

    /// <summary>Whether taking everything from running sequences of lower priority would let this one run.</summary>
    bool Outranks(Sequence sequence)
    {
        int places = _options.MaxSequences - _running.Count;
        int blocks = Pool.Free;
        int lower = 0;
        foreach (Sequence other in _running)
        {
            if (other.Rank < sequence.Rank)
            {
                places++;
                lower++;
                blocks += other.Blocks.Count;
            }
            else
            {
                blocks -= Pool.BlocksFor(other.Count) - other.Blocks.Count;
            }
        }

        return lower > 0 && places > 0 && blocks >= Pool.BlocksFor(sequence.Count);
    }

    int CountSingles()
    {
        int singles = 0;
        foreach (Sequence sequence in _running)
        {
            singles += sequence.Pending == 1 ? 1 : 0;
        }

        return singles;
    }

    /// <summary>Makes sure that the free blocks cover the next tokens of a running sequence, taking from those behind it while that is not so; returns for how many tokens they do.</summary>
    int FindBlocks(int index, int count)
    {
        Sequence sequence = _running[index];
        while (count > 0)
        {
            int lacking = Pool.Lacking(sequence.Blocks, sequence.Computed, sequence.Computed + count);
            if (lacking <= Pool.Free)
            {
                return count;
            }

            if (index < _running.Count - 1)
            {
                PreemptLast();
                continue;
            }

            if (Pool.MustCopy(sequence.Blocks, sequence.Computed))
            {
                // No block for a copy: its original is given up, and computed again in whole.
                sequence.Rewind(Pool);
                continue;
            }

            int room = (sequence.Blocks.Count + Pool.Free) * Pool.BlockSize - sequence.Computed;
            return Math.Min(count, room);
        }

        return 0;
    }

    int Place(Sequence sequence, int count)
    {
        int from = sequence.Computed;
        int to = from + count;
        Pool.Extend(sequence.Blocks, from, to, _batch.Copies);
        int rows = Math.Max(0, to - Math.Max(from, sequence.NextLogits));
        _batch.Slices.Add(new StepSlice(_batch.Tokens.Count, count, from, sequence.Blocks, rows, sequence.Options.Hidden));
        _batch.Tokens.AddRange(sequence.Tokens[from..to]);
        _scheduled.Add(sequence);
        return rows;
    }

    void PreemptLast()
    {
        Sequence victim = _running[^1];
        _running.RemoveAt(_running.Count - 1);
        victim.Preempt(Pool);
        Preemptions++;
        _preempted.Add(victim);
        Insert(_waiting, victim);
    }

    static void Insert(List<Sequence> list, Sequence sequence) => list.Insert(~list.BinarySearch(sequence, Order), sequence);
}
