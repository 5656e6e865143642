using Millrace.Cache;
using Millrace.Devices;
using Millrace.Graphs;
using Millrace.Scheduling;

namespace Millrace;

/// <summary>Takes note of what each step cost and shares it out among the sequences, so that the shares add up to the totals exactly.</summary>
/// <remarks>
/// <para>KV bytes and operations are each sequence's own. The weights of the body are shared in proportion to tokens, those of the head in proportion to rows of logits, time and energy in proportion to operations, KV cache held over the step's time in proportion to the blocks held.</para>
/// <para>An amount A is shared by weights w₁ … wₙ with sum W by cutting it at ⌊A·(w₁ + … + wᵢ)/W⌋: whole numbers whose sum is A. What a conversion to microseconds or byte-seconds leaves over goes into the next step's amount.</para>
/// <para>A step that failed counts whole: how far it came is not known.</para>
/// </remarks>
sealed class StepLedger(StepCost cost, long blockBytes, TimeProvider clock, EnergyMeter? energy, int assumedWatts, int maxSequences)
{
    const long Million = 1_000_000;
    const double RateSeconds = 2; // of work, after which a rate counts for a third

    readonly SliceCost[] _own = new SliceCost[maxSequences];
    readonly SeqLock<EngineSnapshot> _published = new();
    EngineTotals _totals;
    StepReport _step;
    double _rate;
    long _begin, _ticks, _heldRest, _energyBegin;

    /// <summary>How the engine stands, for any thread.</summary>
    public EngineSnapshot Snapshot => _published.Read();

    /// <summary>Steps so far.</summary>
    public long Steps => _totals.Steps;

    /// <summary>Whether energy is measured.</summary>
    public bool MeasuresEnergy => energy is not null;

    /// <summary>A step begins.</summary>
    public void Begin()
    {
        _begin = clock.GetTimestamp();
        _energyBegin = energy?.Read() ?? 0;
    }

    /// <summary>A step is over: shares its cost out. Returns its microseconds.</summary>
    /// <param name="batch">What it computed.</param>
    /// <param name="scheduled">The sequences of its slices.</param>
    /// <param name="running">All that hold blocks.</param>
    public long End(StepBatch batch, IReadOnlyList<Sequence> scheduled, IReadOnlyList<Sequence> running)
    {
        long before = Microseconds(_ticks);
        _ticks += clock.GetTimestamp() - _begin;
        long microseconds = Microseconds(_ticks) - before;
        long microjoules = energy is null ? microseconds * assumedWatts : energy.Read() - _energyBegin;
        Consumption sum = ShareStep(batch, scheduled, microseconds, microjoules);
        sum += new Consumption { KvByteSeconds = ShareHeld(running, microseconds) };
        _totals = _totals with { Steps = _totals.Steps + 1, ComputedTokens = _totals.ComputedTokens + batch.Tokens.Count, Consumption = _totals.Consumption + sum };
        return microseconds;
    }

    /// <summary>Counts tokens and preemptions, and shows all to others.</summary>
    public void Publish(Scheduler scheduler, in StepReport step)
    {
        _totals = _totals with
        {
            RecomputedTokens = scheduler.RecomputedTokens,
            PromptTokens = scheduler.PromptTokens,
            CachedTokens = scheduler.CachedTokens,
            CompletionTokens = _totals.CompletionTokens + step.NewTokens,
            Preemptions = scheduler.Preemptions,
        };
        double seconds = step.Microseconds / 1e6;
        double memory = Math.Exp(-seconds / RateSeconds);
        _rate = seconds > 0 ? memory * _rate + (1 - memory) * (step.NewTokens / seconds) : _rate;
        _step = step;
        Show(scheduler);
    }

    /// <summary>Shows how things stand now, though there was no step.</summary>
    public void Show(Scheduler scheduler) => _published.Write(new EngineSnapshot
    {
        Running = scheduler.Running.Count,
        Waiting = scheduler.Waiting.Count,
        KvBlocks = scheduler.Pool.Blocks,
        KvBlocksUsed = scheduler.Pool.Blocks - scheduler.Pool.Free,
        KvBlocksCached = scheduler.Pool.Cached,
        Step = _step,
        TokensPerSecond = scheduler.Running.Count > 0 ? _rate : 0,
        Totals = _totals,
    });

    Consumption ShareStep(StepBatch batch, IReadOnlyList<Sequence> scheduled, long microseconds, long microjoules)
    {
        long rows = 0;
        Int128 flops = 0;
        for (int i = 0; i < batch.Slices.Count; i++)
        {
            StepSlice slice = batch.Slices[i];
            _own[i] = cost.Slice(slice.Position, slice.Count, Rows(slice));
            rows += Rows(slice);
            flops += _own[i].Flops;
        }

        Split body = new(cost.BodyWeightBytes(batch.Tokens.Count), batch.Tokens.Count);
        Split head = new(cost.HeadWeightBytes((int)rows), rows);
        Split time = new(microseconds, flops);
        Split power = new(microjoules, flops);
        Consumption sum = default;
        for (int i = 0; i < batch.Slices.Count; i++)
        {
            StepSlice slice = batch.Slices[i];
            SliceCost own = _own[i];
            Consumption share = new(
                body.Next(slice.Count) + head.Next(Rows(slice)), own.KvBytesRead, own.KvBytesWritten, own.Flops, 0, time.Next(own.Flops), power.Next(own.Flops));
            Generation.Of(scheduled[i]).Consumption += share;
            sum += share;
        }

        return sum;
    }

    long ShareHeld(IReadOnlyList<Sequence> running, long microseconds)
    {
        long blocks = 0;
        for (int i = 0; i < running.Count; i++)
        {
            blocks += running[i].Blocks.Count;
        }

        Int128 held = (Int128)blocks * blockBytes * microseconds + _heldRest;
        long byteSeconds = (long)(held / Million);
        _heldRest = (long)(held % Million);
        Split split = new(byteSeconds, blocks);
        for (int i = 0; i < running.Count; i++)
        {
            Generation.Of(running[i]).Consumption += new Consumption { KvByteSeconds = split.Next(running[i].Blocks.Count) };
        }

        return byteSeconds;
    }

    /// <summary>Rows for which the whole head runs.</summary>
    static int Rows(in StepSlice slice) => slice.Hidden ? 0 : slice.LogitRows;

    long Microseconds(long ticks) => (long)((Int128)ticks * Million / clock.TimestampFrequency);

    /// <summary>Cuts an amount into whole shares.</summary>
    struct Split(long amount, Int128 weights)
    {
        Int128 _weight;
        long _cut;

        public long Next(long weight)
        {
            _weight += weight;
            long cut = weights == 0 ? 0 : (long)(amount * _weight / weights);
            long share = cut - _cut;
            _cut = cut;
            return share;
        }
    }
}
