using Millrace.Planning.Models;

namespace Millrace.Planning.Costs;

/// <summary>What a simulated load came to: the mean terms of a request's two times. A time is their sum with coefficients.</summary>
/// <param name="First">Of the time to the first token, waiting included.</param>
/// <param name="Token">Of the time of each token after it.</param>
/// <param name="Clients">Clients that there were.</param>
sealed record LoadTerms(Terms First, Terms Token, int Clients);

/// <summary>Simulates a replica under a load, step by step where prompts are computed and many steps at once between. A queue decides what a request waits for: prompts come first come, first served in chunks beside the decoding of all others, and begin when there is room for their keys and values.</summary>
/// <remarks>It keeps sums of terms, not of seconds, so that times are linear in the coefficients and a fit needs no more than one simulation of each measurement: clients that wait for their answers decide by steps, not by seconds, what happens next.</remarks>
sealed class LoadSimulation
{
    readonly ModelWork _model;
    readonly StepTerms _terms;
    readonly ServingLoad _load;
    readonly double _kvBytes;
    readonly Request[] _requests;
    readonly List<int> _decoding = [], _prompts = [];
    readonly Queue<int> _waiting = new();

    Terms _sum;
    double _kvUsed, _positions;
    long _step, _tokens; // steps, and tokens that each decoding sequence has got since the beginning
    int _next, _done;

    LoadSimulation(Deployment deployment, StepTerms terms, in ServingLoad load)
    {
        (_model, _terms, _load) = (deployment.Model, terms, load);
        _kvBytes = Math.Max(ReplicaMemory.KvBytes(deployment), 0);
        int count = Math.Min(load.Clients * load.Waves, Math.Max(4096, load.Clients));
        _requests = new Request[count];
        Random random = new(0x5EED);
        for (int i = 0; i < count; i++)
        {
            _requests[i].Input = Length(random, load.Input);
            _requests[i].Output = Length(random, load.Output);
        }
    }

    /// <summary>Runs a load.</summary>
    /// <param name="deployment">The replica.</param>
    /// <param name="terms">Its steps.</param>
    /// <param name="load">The load.</param>
    /// <param name="typical">Coefficients that say how many clients make a rate.</param>
    public static LoadTerms Run(Deployment deployment, StepTerms terms, in ServingLoad load, in Terms typical)
    {
        ServingLoad resolved = load.Kind switch
        {
            LoadKind.Saturated => load with { Clients = Saturation(deployment, load) },
            LoadKind.Rate => load with { Clients = ClientsOf(deployment, terms, load, typical) },
            _ => load,
        };
        return new LoadSimulation(deployment, terms, resolved).Run();
    }

    // Each sequence has half of its answer on average; those that reserve have room for all of it.
    static int Saturation(Deployment deployment, in ServingLoad load) =>
        (int)Math.Clamp(ReplicaMemory.Sequences(deployment, load.MeanInput + load.MeanOutput * Math.Max(0.5, load.Reserve)), 1, load.Clients);

    // As many clients as make so many tokens a second: more never make fewer.
    static int ClientsOf(Deployment deployment, StepTerms terms, ServingLoad load, in Terms typical)
    {
        (int few, int many) = (1, Saturation(deployment, load));
        while (few < many)
        {
            int middle = (few + many) / 2;
            LoadTerms at = new LoadSimulation(deployment, terms, load with { Clients = middle, Waves = 3 }).Run();
            double cycle = at.First.Times(typical) + (load.MeanOutput - 1) * at.Token.Times(typical);
            (few, many) = middle * load.MeanOutput / cycle < load.TokensPerSecond ? (middle + 1, many) : (few, middle);
        }

        return few;
    }

    LoadTerms Run()
    {
        while (_next < Math.Min(_load.Clients, _requests.Length))
        {
            _waiting.Enqueue(_next++);
        }

        while (_done < _requests.Length)
        {
            _step++;
            Admit();
            if (_prompts.Count == 0 && _decoding.Count == 0)
            {
                continue; // the next request is still on its way
            }

            (StepWork work, int steps) = Next();
            Terms terms = _terms.Of(work);
            _sum.Add(terms, steps);
            _tokens += steps;
            _positions += (double)steps * _decoding.Count;
            Finish();
            Begin();
        }

        return Result();
    }

    // Room decides, then the number of clients; a request that would not fit alone begins alone.
    void Admit()
    {
        while (_waiting.TryPeek(out int index) && _requests[index].Ready <= _step)
        {
            ref Request request = ref _requests[index];
            request.KvBytes = _model.KvBytes(request.Input + (int)(request.Output * _load.Reserve));
            if (_kvUsed + request.KvBytes > _kvBytes && _decoding.Count + _prompts.Count > 0)
            {
                return;
            }

            _kvUsed += request.KvBytes;
            _prompts.Add(_waiting.Dequeue());
        }
    }

    // The next step; without prompts, all steps until a sequence ends, at their mean position.
    (StepWork Work, int Steps) Next()
    {
        StepWork work = default;
        int steps = 1;
        if (_decoding.Count > 0)
        {
            if (_prompts.Count == 0 && !(_waiting.TryPeek(out int index) && _requests[index].Ready == _step + 1))
            {
                steps = int.MaxValue;
                foreach (int sequence in _decoding)
                {
                    steps = (int)Math.Min(steps, _requests[sequence].End - _tokens);
                }

                steps = Math.Max(1, steps);
            }

            int position = (int)(_positions / _decoding.Count + (steps - 1) / 2.0);
            work = _model.Step(_decoding.Count, new SequenceWork(position, 1));
        }

        int budget = _load.Kind == LoadKind.Batch ? int.MaxValue : Math.Max(1, _load.StepTokens - _decoding.Count);
        for (int i = 0; i < _prompts.Count && budget > 0; i++)
        {
            ref Request request = ref _requests[_prompts[i]];
            int count = Math.Min(budget, request.Input - request.Computed);
            bool last = request.Computed + count == request.Input;
            work = work.Beside(_model.Step(1, new SequenceWork(request.Computed, count, last ? 1 : 0)));
            request.Computed += count;
            budget -= count;
        }

        return (_model.Experts > 0 ? work with { WeightBytes = _model.Step(1, new SequenceWork(0, work.Tokens)).WeightBytes } : work, steps);
    }

    void Finish()
    {
        for (int i = _decoding.Count - 1; i >= 0; i--)
        {
            ref Request request = ref _requests[_decoding[i]];
            if (request.End <= _tokens)
            {
                request.Last = _sum;
                _positions -= request.Base + _tokens;
                _decoding[i] = _decoding[^1];
                _decoding.RemoveAt(_decoding.Count - 1);
                Leave(request);
            }
        }
    }

    // Prompts that are complete give their first token at the end of the step.
    void Begin()
    {
        for (int i = 0; i < _prompts.Count;)
        {
            int index = _prompts[i];
            ref Request request = ref _requests[index];
            if (request.Computed < request.Input)
            {
                i++;
                continue;
            }

            request.First = _sum;
            _prompts.RemoveAt(i);
            if (request.Output <= 1)
            {
                request.Last = _sum;
                Leave(request);
                continue;
            }

            request.End = _tokens + request.Output - 1;
            request.Base = request.Input + 1 - _tokens;
            _positions += request.Input + 1;
            _decoding.Add(index);
        }
    }

    // Its client's next request comes while the next step already runs.
    void Leave(in Request request)
    {
        _kvUsed -= request.KvBytes;
        _done++;
        if (_next < _requests.Length)
        {
            ref Request following = ref _requests[_next];
            following.Sent = _sum;
            following.Ready = _step + 2;
            _waiting.Enqueue(_next++);
        }
    }

    LoadTerms Result()
    {
        (Terms first, Terms token, int answers) = (default, default, 0);
        foreach (ref Request request in _requests.AsSpan())
        {
            first.Add(request.First);
            first.Add(request.Sent, -1);
            first.Add(StepTerms.OfRequest(request.Input));
            if (request.Output > 1)
            {
                token.Add(request.Last, 1.0 / (request.Output - 1));
                token.Add(request.First, -1.0 / (request.Output - 1));
                answers++;
            }
        }

        return new LoadTerms(Scaled(first, _requests.Length), Scaled(token, Math.Max(1, answers)), _load.Clients);
    }

    static Terms Scaled(in Terms sum, int count)
    {
        Terms mean = default;
        mean.Add(sum, 1.0 / count);
        return mean;
    }

    int Length(Random random, int most)
    {
        int least = Math.Max(1, (int)Math.Round(most * _load.LeastPart));
        return random.Next(least, Math.Max(least, most) + 1);
    }

    struct Request
    {
        public int Input, Output, Computed;
        public long Ready, End, Base;
        public double KvBytes;
        public Terms Sent, First, Last;
    }
}
