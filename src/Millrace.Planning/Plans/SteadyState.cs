using Millrace.Planning.Costs;
using Millrace.Planning.Models;
using Millrace.Planning.Simulation;

namespace Millrace.Planning.Plans;

/// <summary>A replica that answers prompts and answers of one length for ever: what a user sees, by how many they are. Prompts are computed in chunks beside the decoding of others.</summary>
public sealed class SteadyState
{
    // What engines compute at most of prompts in one step (vLLM's max_num_batched_tokens on large GPUs).
    const int ChunkTokens = 8192;

    // Beyond, nobody has measured; engines admit a quarter of it by themselves.
    const int MostSequences = 4096;

    readonly ModelWork _model;
    readonly ICostModel? _draft;

    /// <summary>Prices a replica.</summary>
    /// <param name="cost">Its steps.</param>
    /// <param name="input">Tokens of each prompt.</param>
    /// <param name="output">Tokens of each answer.</param>
    /// <param name="draft">Steps of a model that drafts, on the same chips between those of the model; null for none.</param>
    /// <param name="speculation">How much it drafts.</param>
    public SteadyState(ICostModel cost, int input, int output, ICostModel? draft = null, Speculation speculation = default)
    {
        (Cost, Input, Output, _model, _draft, Speculation) = (cost, input, output, cost.Deployment.Model, draft, speculation);
        (WeightBytes, KvCapacityBytes, KvBytesOfSequence) = (_model.WeightBytes, cost.KvCapacityBytes, _model.KvBytes(input + output));
        if (draft is not null)
        {
            double copies = ReplicaMemory.KvCopies(cost.Deployment);
            WeightBytes += draft.Deployment.Model.WeightBytes;
            KvCapacityBytes -= draft.Deployment.Model.WeightBytes / copies;
            KvBytesOfSequence += draft.Deployment.Model.KvBytes(input + output) * ReplicaMemory.KvCopies(draft.Deployment) / copies;
        }

        double sequences = KvCapacityBytes / Math.Max(1, KvBytesOfSequence);
        Capacity = double.IsFinite(sequences) ? (int)Math.Clamp(Math.Floor(sequences), 0, 1 << 20) : 0;
        Ttft = Chunks(0);
    }

    /// <summary>Its steps.</summary>
    public ICostModel Cost { get; }

    /// <summary>Tokens of each prompt.</summary>
    public int Input { get; }

    /// <summary>Tokens of each answer.</summary>
    public int Output { get; }

    /// <summary>How much is drafted.</summary>
    public Speculation Speculation { get; }

    /// <summary>What drafting makes of a batch; null where there is no draft.</summary>
    public Drafting? Drafting(int batch) => _draft is null ? null : new Drafting(acceptance => new SteadyState(Cost, Input, Output, _draft, new Speculation(Speculation.Drafted, acceptance)), new SteadyState(Cost, Input, Output), batch);

    /// <summary>Bytes of weights, the draft's among them.</summary>
    public double WeightBytes { get; }

    /// <summary>Bytes for keys and values that weights leave; negative where they do not fit.</summary>
    public double KvCapacityBytes { get; }

    /// <summary>Bytes of keys and values of one sequence at its full length, the draft's among them.</summary>
    public double KvBytesOfSequence { get; }

    /// <summary>Sequences whose keys and values fit at their full length.</summary>
    public int Capacity { get; }

    /// <summary>The largest batch that is looked at unless it is asked for.</summary>
    public int Largest => Math.Min(Capacity, MostSequences);

    /// <summary>The largest of so many sequences whose tokens each take no longer than this; 1 where none do.</summary>
    public int LargestWithin(double secondsPerToken, int most)
    {
        if (At(most).Tpot <= secondsPerToken)
        {
            return most;
        }

        (int low, int high) = (1, most - 1);
        while (low < high)
        {
            int middle = high - ((high - low) / 2);
            (low, high) = At(middle).Tpot <= secondsPerToken ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    /// <summary>Seconds to the first token of a prompt alone.</summary>
    public double Ttft { get; }

    /// <summary>The step that computes a prompt, or its first chunk, alone.</summary>
    public (StepTime Time, StepWork Work) Prefill()
    {
        StepWork work = _model.Step(1, new SequenceWork(0, Math.Min(Input, ChunkTokens)));
        return (Cost.Step(work), work);
    }

    /// <summary>The step that decodes a token of each of so many sequences, or checks what was drafted for them, and nothing else.</summary>
    public (StepTime Time, StepWork Work) Decode(int batch)
    {
        StepWork work = Mixed(batch, 0);
        return (Cost.Step(work), work);
    }

    /// <summary>Runs the live scheduler on these steps, with lengths that differ by a tenth to either side: what so many users see who also wait for each other.</summary>
    /// <exception cref="PlanningException">A request does not fit.</exception>
    public ClosedLoopResult Simulate(int batch) => new ClosedLoop
    {
        Concurrency = batch,
        InputTokens = (int)Math.Ceiling(Input / 0.9),
        OutputTokens = (int)Math.Ceiling(Output / 0.9),
        LeastPart = 0.8,
        Requests = Simulated(batch),
        StepTokens = ChunkTokens,
        MaxSequences = batch,
    }.Run(batch < Cost.Stages ? new Narrow(Cost, batch) : Cost);

    /// <summary>Requests that are simulated: until the burst at the beginning is forgotten.</summary>
    internal static int Simulated(int batch) => Math.Max(64, 4 * batch);

    /// <summary>How it runs with so many users.</summary>
    public OperatingPoint At(int batch)
    {
        int groups = Math.Clamp(Cost.Stages, 1, batch);
        int group = (batch + groups - 1) / groups;

        // Some rounds also compute a chunk of what the others' new prompts bring, as many at once as wait; a user's own prompt is in the time to the first token.
        double tokens = Speculation.ExpectedTokens; // of a sequence in a round
        int chunk = (int)Math.Min((long)group * Input, ChunkTokens);
        double chunks = group * (batch - 1.0) / batch * Input / Output * tokens / chunk;
        int prompts = (int)Math.Min(Math.Max(chunks, 1) * chunk, 1 << 24);
        StepWork work = Mixed(group, prompts);
        StepTime round = Round(work, group, prompts);
        StepWork check = Mixed(group, 0);
        StepTime alone = Round(check, group, 0);
        if (chunks < 1)
        {
            (round, work) = (alone.Times(1 - chunks).Then(round, chunks), Between(check, work, chunks));
        }

        StepTime step = round.Times(1 / tokens);
        double loaded = batch == 1 ? Ttft : Chunks(group) + (round.Seconds / 2);
        double cycle = loaded + ((Output - 1) * step.Seconds);
        double decode = alone.Seconds / tokens * Output / group;
        return new OperatingPoint(batch, Ttft, step.Seconds, batch * (double)Output / cycle, Ttft / (Ttft + decode), Cost.Watts(step), step, work);
    }

    // A step of the model; with a draft, what is proposed before it and prompts that the draft computes too.
    StepTime Round(in StepWork work, int batch, int promptTokens)
    {
        StepTime time = Cost.Step(work);
        if (_draft is not { Deployment.Model: { } small })
        {
            return time;
        }

        time = time.Then(Propose(batch), Speculation.Drafted);
        return promptTokens > 0 ? time.Then(_draft.Step(Prompts(small, promptTokens))) : time;
    }

    StepTime Propose(int batch) => _draft!.Step(_draft.Deployment.Model.Step(batch, new SequenceWork(Middle, 1)));

    // A prompt in chunks beside a number of decoding sequences; the chunks of one prompt follow each other through a pipeline.
    double Chunks(int beside)
    {
        (double seconds, int chunks) = (0, 0);
        for (int done = 0; done < Input; done += ChunkTokens)
        {
            SequenceWork part = new(done, Math.Min(ChunkTokens, Input - done));
            StepWork chunk = _model.Step(1, part);
            seconds += Cost.Step(beside == 0 ? chunk : Together(Decoding(beside), chunk)).Seconds;
            if (_draft is not null)
            {
                seconds += _draft.Step(_draft.Deployment.Model.Step(1, part)).Seconds + (beside == 0 ? 0 : Speculation.Drafted * Propose(beside).Seconds);
            }

            chunks++;
        }

        return seconds / chunks * (1 + ((chunks - 1.0) / Math.Max(1, Cost.Stages)));
    }

    int Middle => Input + (Output / 2);

    // What is checked is decoded as tokens of so many sequences are, though these share keys and values; it is no prompt.
    StepWork Decoding(int batch)
    {
        StepWork work = _model.Step(batch, new SequenceWork(Middle, 1 + Speculation.Drafted, 1 + Speculation.Drafted));
        return work with { Sequences = work.Tokens };
    }

    // Decoding of a batch beside prompt tokens of average depth: a part of a prompt, or several prompts.
    StepWork Mixed(int batch, int tokens)
    {
        StepWork decode = Decoding(batch);
        return tokens == 0 ? decode : Together(decode, Prompts(_model, tokens));
    }

    StepWork Prompts(ModelWork model, int tokens)
    {
        int prompts = (tokens + Input - 1) / Input;
        int each = tokens / prompts;
        return model.Step(prompts, new SequenceWork((Input - each) / 2, each));
    }

    // Of experts, those that all tokens reach.
    StepWork Together(StepWork decode, StepWork prompt)
    {
        StepWork both = decode.Beside(prompt);
        return _model.Experts == 0 ? both : both with { WeightBytes = _model.Step(both.Tokens, new SequenceWork(0, 1)).WeightBytes };
    }

    static StepWork Between(StepWork a, StepWork b, double part) => a with
    {
        WeightBytes = a.WeightBytes + ((b.WeightBytes - a.WeightBytes) * part),
        KvBytesRead = a.KvBytesRead + ((b.KvBytesRead - a.KvBytesRead) * part),
        KvBytesWritten = a.KvBytesWritten + ((b.KvBytesWritten - a.KvBytesWritten) * part),
        MatrixFlops = a.MatrixFlops + ((b.MatrixFlops - a.MatrixFlops) * part),
        AttentionFlops = a.AttentionFlops + ((b.AttentionFlops - a.AttentionFlops) * part),
    };

    // A pipeline with fewer sequences than stages: the stages that none fills need no memory of their own.
    sealed class Narrow(ICostModel cost, int stages) : ICostModel
    {
        public Deployment Deployment => cost.Deployment;

        public double KvCapacityBytes => cost.KvCapacityBytes;

        public int Stages => stages;

        public ErrorBand Error => cost.Error;

        public StepTime Step(in StepWork work) => cost.Step(work);

        public double Watts(in StepTime time) => cost.Watts(time);
    }
}
