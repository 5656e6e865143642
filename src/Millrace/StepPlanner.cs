using Millrace.Graphs;
using Millrace.Scheduling;

namespace Millrace;

/// <summary>Predicts the time of steps, and sizes the pieces of prompts so that the gaps between the tokens of others keep their bounds.</summary>
/// <remarks>
/// <para>A quiet step, in which every sequence computes one token, is dominated by the weights, read once: its time is measured for each number of sequences. A step with a piece of a prompt takes a time that grows in stairs with its tokens, since matrix products take tokens by tiles: it is measured for each number of tiles, with a factor for the last one, of which a part alone may be computed. To it comes the attention of the piece, which grows with its depth: operations times a factor, the slope between steps of one prompt that follow each other with equally many tokens.</para>
/// <para>All measurements are running means that one odd step moves only a little. What was not measured lies between what was, the quiet step being the first point; beyond the last point, tokens take as long as there. Where nothing is measured yet, pieces are small.</para>
/// <para>A bound is a promise about 99 steps of 100, on a machine whose other users hold steps up now and then. So it is divided by the stretch that 99.2 % of steps stay below: each step that took longer than it says raises it by twice the mean deviation of steps from their prediction, 0.05 at most, and each other lowers it by 1/124 of that, which meets the rate whatever the order and the causes of late steps (Gibbs and Candès 2021, adaptive conformal inference). On a quiet machine it comes down to what predictions are wrong by.</para>
/// </remarks>
sealed class StepPlanner(EngineOptions options, StepCost cost)
{
    const int Tile = 8;             // tokens that a matrix product takes together
    const double Gain = 0.1;        // of a new measurement in a running mean
    const double Forget = 0.02;     // of a measurement that cannot be right, with each step that it keeps from being repeated
    const double Clip = 2;          // a measurement counts at most as so many times the mean, or one part of it
    const double QuietClip = 1.03;  // and of a quiet step, which all bounds are multiples of: what holds it up from outside must not loosen them, nor many a little move it from the middle
    const double Late = 0.008;      // of steps may take longer than the bound, a promise about 99 of 100
    const double Jump = 2;          // of the stretch with each step that took longer than it says, in mean deviations
    const double MostJump = 0.05;   // and so much whatever they are: a wild second is forgotten within some prompts
    const double StrayGain = 0.02;  // of a new deviation in their mean
    const double MostStretch = 1.4; // steps then take 1.4 quiet ones beside realtime requests, and the prompt a quarter of all time: no wild minute starves it
    const double Slowdown = 1.5;    // of tokens over those of far more tiles, where nothing between these and a quiet step is measured
    const double Memory = 0.98;     // of the slope, with each pair of steps
    const double MostSlope = 4;     // of an operation of attention over one of a product in the largest step measured; more is a disturbance
    const double Probe = 1.15;      // of the bound: a step may be expected to take so long once
    const int ProbeAfter = 8;       // steps that had whole tiles for want of such a measurement
    const double Parts = 10;        // of a bound that a tile must take one of to be taken in parts
    const int UnknownPiece = 16;    // tokens beside others before anything is measured
    const int LeastPiece = 2;       // tokens of a prompt in a step, however tight the bound: it must move

    readonly double[] _quiet = new double[options.MaxSequences + 1]; // microseconds by number of sequences; 0 unknown
    readonly double[] _mixed = new double[Tiles(options.Device.MaxTokens) + 1]; // microseconds by number of tiles, but for the attention of the piece; 0 unknown
    readonly long _flopsPerToken = cost.Slice(0, 1, 0).Flops;
    double _part = 1.25;      // time of a part of a tile, over what a line to the whole one says
    double _deviation = 0.02; // of steps from their prediction, relative
    double _stretch = 1;      // of steps over their prediction, which all but eight in a thousand stay below
    double _slope, _products, _squares; // microseconds for an operation of attention, and the sums that it is the quotient of
    (int Tokens, int Decodes, long Attention, long Microseconds) _last;
    int _decodes, _tokens, _wholes;
    long _attention; // operations

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

        return double.IsPositiveInfinity(bound) ? options.Device.MaxTokens : Tokens(decodes, position, quiet, bound);
    }

    /// <summary>Looks at a step before it runs.</summary>
    public void Begin(StepBatch batch)
    {
        _decodes = 0;
        _tokens = batch.Tokens.Count;
        _attention = 0;
        foreach (StepSlice slice in batch.Slices)
        {
            _decodes += slice.Count == 1 ? 1 : 0;
            _attention += slice.Count == 1 ? 0 : Attention(slice.Position, slice.Count);
        }

        Predicted = (long)(_decodes == _tokens ? Quiet(_decodes) : Time(_tokens, _attention, _decodes, Quiet(_decodes)));
    }

    /// <summary>Learns how long the step took.</summary>
    public void End(long microseconds)
    {
        if (_decodes == _tokens)
        {
            Learn(ref _quiet[_decodes], microseconds, QuietClip);
        }
        else
        {
            LearnStretch(microseconds);
            LearnSlope(microseconds);
            ref double mean = ref _mixed[Tiles(_tokens)];
            double measured = Math.Max(microseconds / 2.0, microseconds - _attention * _slope);
            if (_tokens % Tile > 0)
            {
                LearnPart(measured, mean);
                // A token takes no longer among more of them: a whole tile that was held up when it was measured is not taken again, but its parts are.
                mean -= Gain * Math.Max(0, mean - measured * Tiles(_tokens) * Tile / _tokens);
                return;
            }

            Learn(ref mean, measured);
        }
    }

    /// <summary>Learns from a step beside others whose number of tiles was measured before: what a guess is wrong by is no stretch.</summary>
    void LearnStretch(long microseconds)
    {
        if (_decodes > 0 && _mixed[Tiles(_tokens)] > 0)
        {
            double stretch = (double)microseconds / Math.Max(1, Predicted);
            _deviation += StrayGain * (Math.Min(0.5, Math.Abs(stretch - 1)) - _deviation);
            _stretch = Math.Clamp(_stretch + Math.Min(MostJump, Jump * _deviation) * (stretch > _stretch ? 1 : -Late / (1 - Late)), 1, MostStretch);
        }
    }

    /// <summary>Learns from a step whose last tile is not whole.</summary>
    void LearnPart(double measured, double whole)
    {
        int last = Math.Max(_decodes, _tokens - _tokens % Tile);
        double less = Time(last, 0, _decodes, Quiet(_decodes));
        double linear = (whole - less) * (_tokens - last) / (Tiles(_tokens) * Tile - last);
        if (less > 0 && linear > 0)
        {
            Learn(ref _part, Math.Clamp((measured - less) / linear, 0.5, Tile));
        }
    }

    void LearnSlope(long microseconds)
    {
        if (_last.Tokens == _tokens && _last.Decodes == _decodes && _last.Attention < _attention)
        {
            double more = _attention - _last.Attention;
            int most = Array.FindLastIndex(_mixed, static time => time > 0);
            double product = most < 0 ? 0 : _mixed[most] / (most * Tile * (double)_flopsPerToken);
            double steepest = MostSlope * product;
            _products = Memory * _products + more * Math.Clamp(microseconds - _last.Microseconds, -steepest * more, steepest * more);
            _squares = Memory * _squares + more * more;
            _slope = Math.Max(0, _products / _squares);
        }

        _last = (_tokens, _decodes, _attention, microseconds);
    }

    /// <summary>Operations of attention in a piece.</summary>
    long Attention(int position, int count) => cost.Slice(position, count, 0).Flops - count * _flopsPerToken;

    static int Tiles(int tokens) => (tokens + Tile - 1) / Tile;

    static void Learn(ref double mean, double measured, double clip = Clip) =>
        mean = mean == 0 ? measured : mean + Gain * (Math.Clamp(measured, mean / Clip, mean * clip) - mean);

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

    /// <summary>Microseconds of a step with a piece of a prompt; 0 where nothing is known.</summary>
    /// <param name="tokens">Its tokens.</param>
    /// <param name="attention">Operations of attention in the piece.</param>
    /// <param name="decodes">Tokens without the piece.</param>
    /// <param name="quiet">Microseconds without the piece.</param>
    double Time(int tokens, long attention, int decodes, double quiet)
    {
        int tiles = Tiles(tokens);
        int fewer = tokens / Tile;
        while (fewer * Tile > decodes && _mixed[fewer] == 0)
        {
            fewer--;
        }

        int more = Math.Max(tiles, decodes / Tile + 1);
        while (more < _mixed.Length && _mixed[more] == 0)
        {
            more++;
        }

        bool hasFewer = fewer * Tile > decodes;
        (double Tokens, double Time) less = hasFewer ? (fewer * Tile, _mixed[fewer]) : (decodes, quiet);
        bool isPart = tokens % Tile > 0 && more == tiles;
        double time = hasFewer && less.Tokens == tokens ? less.Time
            : more < _mixed.Length ? less.Time + (tokens - less.Tokens) * (_mixed[more] - less.Time) / (more * Tile - less.Tokens) * (isPart ? _part : hasFewer || more == tiles ? 1 : Slowdown)
            : hasFewer ? less.Time * tokens / less.Tokens
            : 0;
        time = isPart ? Math.Min(time, Math.Max(less.Time, _mixed[more])) : time;
        return time == 0 ? 0 : Math.Max(quiet, time) + attention * _slope;
    }

    /// <summary>The most tokens of a step whose time should keep a bound.</summary>
    int Tokens(int decodes, int position, double quiet, double bound)
    {
        int most = Math.Min(options.Device.MaxTokens, decodes + LeastPiece);
        int first = Tiles(most) * Tile;
        if (quiet == 0)
        {
            return decodes; // bounds are multiples of a quiet step: where prompts never leave one, the first is made
        }

        if (!_mixed.AsSpan(decodes / Tile + 1).ContainsAnyExcept(0.0))
        {
            return Math.Min(options.Device.MaxTokens, Tiles(decodes + UnknownPiece) * Tile);
        }

        double before = quiet;
        for (int tokens = first; tokens <= options.Device.MaxTokens; tokens += Tile)
        {
            ref double own = ref _mixed[tokens / Tile];
            double time = Time(tokens, Attention(position, tokens - decodes), decodes, quiet);
            bool late = time * _stretch > bound;
            if (late && own == 0 && tokens > first && time <= Probe * bound && (time - before) * Parts > bound && ++_wholes % ProbeAfter == 0)
            {
                return tokens; // parts of it would fit, of which only the whole tells
            }

            // No bound allows less than a token or two, so the first tile is worth to know.
            if (late && (own > 0 || tokens > first))
            {
                // A token takes no longer among more of them: what says so is old, or was held up.
                double likely = _mixed[Tiles(most)] * tokens / most;
                own -= likely > 0 && own > likely ? Forget * (own - likely) : 0;
                return own > 0 ? Part(most, tokens, decodes, position, quiet, bound) : most;
            }

            most = tokens;
            before = time;
        }

        return most;
    }

    /// <summary>The most tokens where one whole tile more does not keep the bound.</summary>
    int Part(int least, int tile, int decodes, int position, double quiet, double bound)
    {
        int tokens = least;
        while (tokens + 1 < tile && Time(tokens + 1, Attention(position, tokens + 1 - decodes), decodes, quiet) * _stretch <= bound)
        {
            tokens++;
        }

        return tokens;
    }
}
