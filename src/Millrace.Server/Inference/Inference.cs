using System.Runtime.CompilerServices;
using Millrace.Server.Models;

namespace Millrace.Server.Inference;

/// <summary>A request on its way: read once, by one reader, whose leaving cancels it.</summary>
public sealed class Inference
{
    readonly AnswerReader _reader;

    internal Inference(string id, DateTimeOffset created, ModelLease model, AnswerReader reader)
    {
        Id = id;
        Created = created;
        Model = model;
        _reader = reader;
    }

    /// <summary>The server's own id of the request: 32 hexadecimal digits, random.</summary>
    public string Id { get; }

    /// <summary>When it came.</summary>
    public DateTimeOffset Created { get; }

    /// <summary>What answers.</summary>
    public ModelLease Model { get; }

    /// <summary>What it used, of all choices; valid once it has been read to its end.</summary>
    public Usage Usage => _reader.Usage;

    /// <summary>How long it took; valid once it has been read to its end.</summary>
    public Timings Timings => _reader.Timings;

    /// <summary>Reads the answers as they come; the last event of a choice carries its finish reason. Whatever must be on disk before the caller learns of the end is there before the last event is handed out.</summary>
    /// <exception cref="GenerationException">The generation failed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async IAsyncEnumerable<InferenceEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (AnswerPiece piece in _reader.ReadAsync(cancellationToken))
        {
            yield return new(0, piece.Text, piece.Token, null, null);
        }

        yield return new(0, "", null, _reader.FinishReason, _reader.StopString);
    }
}
