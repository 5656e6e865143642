using Millrace.Graphs;
using Millrace.Scheduling;

namespace Millrace;

/// <summary>Predicts the time of steps, and sizes the pieces of prompts so that the gaps between the tokens of others keep their bounds.</summary>
/// <remarks>
/// <para>The model has two parts, both fitted to the engine's own steps as they come. A quiet step, in which every sequence computes one token, takes a time that depends on how many there are: it is dominated by the weights, read once, and is measured for each number. Whatever is computed beside them takes time in proportion to its operations: fewer of them in a second than in the large pieces of a prompt that is computed alone, so the two are measured apart.</para>
/// <para>Both fits are running means that one odd step moves only a little. Where nothing is measured yet, pieces are small.</para>
/// </remarks>
sealed class StepPlanner(EngineOptions options, StepCost cost)
{
    const double Gain = 0.1;        // of a new measurement in a running mean
    const double Clip = 2;          // a measurement counts at most as so many times the mean, or one part of it
    const double Margin = 0.95;     // of the bound is aimed at
    const double Slowdown = 1.5;    // of operations beside others over those alone, before it is measured
    const int UnknownPiece = 16;    // tokens beside others before anything is measured
    const int LeastPiece = 2;       // tokens of a prompt in a step, however tight the bound: it must move
    const int LeastToMeasure = 8;   // tokens beyond one for each sequence that say something of the slope

    readonly double[] _quiet = new double[options.MaxSequences + 1]; // microseconds by number of sequences; 0 unknown
    double _perFlopAlone;  // microseconds; 0 unknown
    double _perFlopBeside; // microseconds; 0 unknown
    int _decodes;
    long _extraFlops;

    /// <summary>Microseconds that the step last looked at should take; 0 where that is not known.</summary>
    public long Predicted { get; private set; }

    /// <summary>The tokens that the next step may have.</summary>
    public int Budget(IReadOnlyList<Sequence> running, IReadOnlyList<Sequence> waiting)
    {
        int decodes = 0;
        int position = -1; // of the first prompt to be computed
        ServiceClass prompt = ServiceClass.Batch;
        double bound = double.PositiveInfinity;
        if (waiting.Count > 0)
        {
            position = waiting[0].Computed;
            prompt = waiting[0].Options.Class;
        }

        for (int i = 0; i < running.Count; i++)
        {
            if (running[i].Pending > 1)
            {
                position = Math.Max(position, running[i].Computed);
                prompt = running[i].Options.Class > prompt ? running[i].Options.Class : prompt;
            }
            else
            {
                decodes++;
            }
        }

        if (position < 0 || decodes == 0)
        {
            return options.Device.MaxTokens;
        }

        double quiet = Quiet(decodes);
        for (int i = 0; i < running.Count; i++)
        {
            if (running[i].Pending == 1 && running[i].Options.Class >= prompt)
            {
                bound = Math.Min(bound, options.Targets.InterToken(running[i].Options.Class, quiet));
            }
        }

        return double.IsPositiveInfinity(bound) ? options.Device.MaxTokens : Math.Min(options.Device.MaxTokens, decodes + Piece(bound * Margin - quiet, quiet, position));
    }

    /// <summary>Looks at a step before it runs.</summary>
    public void Begin(StepBatch batch)
    {
        _decodes = 0;
        _extraFlops = 0;
        int extraTokens = 0;
        foreach (StepSlice slice in batch.Slices)
        {
            if (slice.Count == 1)
            {
                _decodes++;
            }
            else
            {
                _extraFlops += cost.Slice(slice.Position, slice.Count, 0).Flops;
                extraTokens += slice.Count;
            }
        }

        _extraFlops = extraTokens >= LeastToMeasure || extraTokens == 0 ? _extraFlops : -1;
        double quiet = Quiet(_decodes);
        double perFlop = _decodes == 0 ? _perFlopAlone : PerFlopBeside;
        Predicted = (_decodes > 0 && quiet == 0) || (extraTokens > 0 && perFlop == 0) ? 0 : (long)(quiet + Math.Max(0, _extraFlops) * perFlop);
    }

    /// <summary>Learns how long the step took.</summary>
    public void End(long microseconds)
    {
        if (_extraFlops == 0)
        {
            Learn(ref _quiet[_decodes], microseconds);
        }
        else if (_extraFlops > 0 && _decodes == 0)
        {
            Learn(ref _perFlopAlone, (double)microseconds / _extraFlops);
        }
        else if (_extraFlops > 0 && Quiet(_decodes) > 0)
        {
            _perFlopBeside = PerFlopBeside;
            Learn(ref _perFlopBeside, Math.Max(0.1 * microseconds, microseconds - Quiet(_decodes)) / _extraFlops);
        }
    }

    double PerFlopBeside => _perFlopBeside > 0 ? _perFlopBeside : Slowdown * _perFlopAlone;

    static void Learn(ref double mean, double measured) =>
        mean = mean == 0 ? measured : mean + Gain * (Math.Clamp(measured, mean / Clip, mean * Clip) - mean);

    /// <summary>Microseconds of a step with so many sequences of one token: measured, or the next smaller number's that is, or the next larger's.</summary>
    double Quiet(int sequences)
    {
        for (int i = sequences; i > 0; i--)
        {
            if (_quiet[i] > 0)
            {
                return _quiet[i];
            }
        }

        for (int i = sequences + 1; sequences > 0 && i < _quiet.Length; i++)
        {
            if (_quiet[i] > 0)
            {
                return _quiet[i];
            }
        }

        return 0;
    }

    int Piece(double microseconds, double quiet, int position)
    {
        double perFlop = PerFlopBeside;
        if (quiet == 0 || perFlop == 0)
        {
            return UnknownPiece;
        }

        double tokens = microseconds / (perFlop * cost.Slice(position, 1, 0).Flops);
        return (int)Math.Clamp(tokens, LeastPiece, options.Device.MaxTokens);
    }
}
