using System.Diagnostics;
using System.Globalization;
using Millrace.Planning.Costs;
using Millrace.Planning.Models;
using Millrace.Planning.Plans;

namespace Millrace.Cli;

/// <summary>Holds tokens back until another machine would have made them with another model.</summary>
sealed class Pace
{
    const int PromptPiece = 8192; // tokens of a prompt in a step
    static readonly TimeSpan Spin = TimeSpan.FromMilliseconds(2); // that sleeping may be late by

    readonly ICostModel _cost;
    readonly ModelWork _model;
    readonly string _name;

    /// <summary>The pace of a plan with one user.</summary>
    public Pace(Plan plan)
    {
        _cost = plan.State!.Cost;
        _model = _cost.Deployment.Model;
        ErrorBand error = _cost.Error;
        string chips = plan.Chips == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"{plan.Chips} × ");
        Estimate rate = plan.TokensPerSecondPerUser!.Value;
        _name = string.Create(CultureInfo.InvariantCulture, $"{chips}{plan.Device.Name} with {_model.Name} ({_model.Weights.ToString().ToLowerInvariant()} weights)");
        Line = string.Create(CultureInfo.InvariantCulture,
            $"the words are this machine's, the pace is predicted of {_name}: {rate.Value:0.#} tokens/s, {rate.Low:0.#} to {rate.High:0.#} nine times of ten ({error.Basis})");
    }

    /// <summary>What is imitated, how fast that is and how sure.</summary>
    public string Line { get; }

    /// <summary>Begins an answer.</summary>
    /// <param name="prompt">Tokens of its prompt.</param>
    public Stream Begin(int prompt) => new(this, prompt);

    double FirstToken(int prompt)
    {
        double seconds = 0;
        for (int done = 0; done < prompt; done += PromptPiece)
        {
            int count = Math.Min(PromptPiece, prompt - done);
            seconds += _cost.Step(_model.Step(1, new SequenceWork(done, count, done + count == prompt ? 1 : 0))).Seconds;
        }

        return seconds;
    }

    /// <summary>One answer as it comes.</summary>
    public sealed class Stream
    {
        readonly Pace _pace;
        readonly long _start = Stopwatch.GetTimestamp();
        int _position, _tokens;
        double _due, _late, _first, _last;

        internal Stream(Pace pace, int prompt) => (_pace, _position, _due) = (pace, prompt, pace.FirstToken(prompt));

        /// <summary>Returns when a piece's token is due, at once for text that comes without one.</summary>
        public void Wait(AnswerPiece piece)
        {
            if (piece.Token is null)
            {
                return;
            }

            TimeSpan due = TimeSpan.FromSeconds(_due);
            _late = Math.Max(_late, (Stopwatch.GetElapsedTime(_start) - due).TotalSeconds);
            if (due - Stopwatch.GetElapsedTime(_start) - Spin is { Ticks: > 0 } sleep)
            {
                Thread.Sleep(sleep);
            }

            while (Stopwatch.GetElapsedTime(_start) < due)
            {
                Thread.SpinWait(50);
            }

            _last = Stopwatch.GetElapsedTime(_start).TotalSeconds;
            _first = _tokens++ == 0 ? _last : _first;
            _due = Math.Max(_due, _last) + _pace._cost.Step(_pace._model.Step(1, new SequenceWork(_position++, 1))).Seconds;
        }

        /// <summary>How fast the answer came in the end, and whether this machine was too slow to imitate the other.</summary>
        public string Line => string.Create(CultureInfo.InvariantCulture,
            $"[as {_pace._name}: first token after {_first:0.000} s, {_tokens} tokens, {(_tokens > 1 ? (_tokens - 1) / (_last - _first) : 0):0.0} tokens/s{(_late < 0.05 ? "" : $"; this machine was up to {_late:0.00} s late: a smaller model keeps up")}]");
    }
}
