using System.Runtime.CompilerServices;
using System.Text;
using Millrace.Sampling;
using Millrace.Tokenization;

namespace Millrace;

/// <summary>The reader's side of a generation: turns its tokens into text, never half a character, and ends it at a stop string, which is no part of the text.</summary>
public sealed class AnswerReader
{
    readonly Generation _generation;
    readonly Detokenizer _detokenizer;
    readonly StopMatcher _stops;
    readonly StringBuilder _decoded = new();

    /// <summary>Hands in a request, to read its answer.</summary>
    /// <param name="engine">What answers.</param>
    /// <param name="request">What to generate.</param>
    /// <param name="stops">Strings that end the answer.</param>
    /// <exception cref="ArgumentException">A stop string is empty, or a part of the request out of range.</exception>
    /// <exception cref="ContextLengthException">The request needs more tokens than there is room for.</exception>
    public AnswerReader(Engine engine, GenerationRequest request, IEnumerable<string> stops)
    {
        _detokenizer = new Detokenizer(engine.Tokenizer, continues: true);
        _stops = new StopMatcher(stops);
        _generation = engine.Submit(request); // last: a request that nobody reads would run to its end
    }

    /// <summary>Reads the answer of a request that was handed in.</summary>
    /// <param name="engine">What answers.</param>
    /// <param name="generation">The request.</param>
    /// <param name="stops">Strings that end the answer, none of them empty.</param>
    public AnswerReader(Engine engine, Generation generation, IEnumerable<string> stops)
    {
        _detokenizer = new Detokenizer(engine.Tokenizer, continues: true);
        _stops = new StopMatcher(stops);
        _generation = generation;
    }

    /// <summary>Tokens read so far, those of the stop string included.</summary>
    public int Tokens { get; private set; }

    /// <summary>The stop string that ended the answer, or null.</summary>
    public string? StopString => _stops.Found;

    /// <summary>Why the answer ended; null while it goes on.</summary>
    public FinishReason? FinishReason { get; private set; }

    /// <summary>Prompt tokens that were computed or found so far.</summary>
    public int PromptTokensDone => _generation.PromptTokensDone;

    /// <summary>Prompt tokens that were found so far.</summary>
    public int CachedTokens => _generation.CachedTokens;

    /// <summary>The vector of its prompt, where that was asked for and it has ended so; else empty.</summary>
    public ReadOnlyMemory<float> Embedding => _generation.Embedding;

    /// <summary>What it used; valid once it has ended.</summary>
    public Usage Usage => _generation.Usage with { CompletionTokens = Tokens };

    /// <summary>What became of it on its way; valid once it has ended.</summary>
    public GenerationTrace Trace => _generation.Trace;

    /// <summary>Which kernels ran in how many of its steps; valid once it has ended.</summary>
    public IReadOnlyList<KernelSteps> Kernels => _generation.Kernels;

    /// <summary>What the engine spent on it; valid once it has ended.</summary>
    public Consumption Consumption => _generation.Consumption;

    /// <summary>How long it took; valid once it has ended.</summary>
    public Timings Timings => _generation.Timings;

    /// <summary>Reads the answer; once. Leaving early cancels the generation.</summary>
    /// <exception cref="GenerationException">The generation failed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async IAsyncEnumerable<AnswerPiece> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (TokenOutput output in _generation.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (_stops.Stopped)
            {
                continue; // what was made until the cancellation took effect
            }

            Tokens++;
            _detokenizer.Append(output.Token, _decoded);
            string text = Match();
            if (_stops.Stopped)
            {
                _generation.Cancel();
            }

            yield return new(text, output);
        }

        if (!_stops.Stopped)
        {
            _detokenizer.Flush(_decoded);
            string rest = Match();
            if (!_stops.Stopped)
            {
                rest += _stops.Flush();
            }

            if (rest.Length > 0)
            {
                yield return new(rest, null);
            }
        }

        FinishReason = _stops.Stopped ? Millrace.FinishReason.Stop : _generation.FinishReason;
    }

    /// <summary>Ends the generation within one step; does nothing once it has ended. What was made until then can still be read.</summary>
    public void Cancel() => _generation.Cancel();

    string Match()
    {
        if (_decoded.Length == 0)
        {
            return "";
        }

        string text = _decoded.ToString();
        _decoded.Clear();
        return _stops.Push(text);
    }
}
