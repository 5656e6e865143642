using System.Runtime.CompilerServices;
using Millrace.Server.Models;

namespace Millrace.Server.Inference;

/// <summary>A request on its way: read once, by one reader, whose leaving cancels it. Whoever started it disposes it.</summary>
public sealed class Inference : IAsyncDisposable
{
    readonly AnswerSet _answers;
    readonly int _choices;
    int _completionTokens;
    int _reading;

    internal Inference(string id, DateTimeOffset created, ModelLease model, AnswerSet answers, int choices)
    {
        Id = id;
        Created = created;
        Model = model;
        _answers = answers;
        _choices = choices;
    }

    /// <summary>The server's own id of the request: 32 hexadecimal digits, random.</summary>
    public string Id { get; }

    /// <summary>When it came.</summary>
    public DateTimeOffset Created { get; }

    /// <summary>What answers.</summary>
    public ModelLease Model { get; }

    /// <summary>What it used, of all choices, each prompt counted once; valid once it has been read to its end.</summary>
    public Usage Usage { get; private set; }

    /// <summary>How long it took: until the first of its answers began, until the first token of any, and until the last ended; valid once it has been read to its end.</summary>
    public Timings Timings { get; private set; }

    /// <summary>Ends it within one step; what is ready can still be read, and the last events say so.</summary>
    public void Cancel() => _answers.Cancel();

    /// <summary>Ends one answer within one step.</summary>
    /// <param name="choice">Which.</param>
    public void Cancel(int choice) => _answers.Cancel(choice);

    /// <summary>Reads the answers as they come; the last event of a choice carries its finish reason. Whatever must be on disk before the caller learns of the end is there before the last event is handed out.</summary>
    /// <exception cref="GenerationException">The generation failed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async IAsyncEnumerable<InferenceEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _reading, 1) == 1)
        {
            throw new InvalidOperationException("an inference is read once");
        }

        int open = _answers.Readers.Count;
        try
        {
            await foreach (InferenceEvent item in _answers.Events.ReadAllAsync(cancellationToken))
            {
                _completionTokens += item.Token is null ? 0 : 1;
                if (item.FinishReason is not null && --open == 0)
                {
                    await FinishAsync();
                }

                yield return item;
            }
        }
        finally
        {
            await FinishAsync();
        }
    }

    /// <summary>Ends it, if it has not ended.</summary>
    public ValueTask DisposeAsync() => new(FinishAsync());

    async Task FinishAsync()
    {
        await _answers.LeaveAsync();
        IReadOnlyList<AnswerReader> readers = _answers.Readers;
        Usage[] usages = [.. readers.Select(reader => reader.Usage)];
        IEnumerable<Usage> prompts = usages.Where((_, choice) => choice % _choices == 0);
        Usage = new(prompts.Sum(usage => usage.PromptTokens), prompts.Sum(usage => usage.CachedTokens), _completionTokens);
        Timings = new(
            readers.Min(reader => reader.Timings.Queued),
            readers.Min(reader => reader.Timings.FirstToken),
            readers.Max(reader => reader.Timings.Total));
    }
}
