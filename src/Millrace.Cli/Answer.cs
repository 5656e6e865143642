using System.Text;

namespace Millrace.Cli;

/// <summary>An answer as it comes: its ids, its text, and how it ended.</summary>
sealed class Answer
{
    /// <summary>The generated ids.</summary>
    public List<int> Tokens { get; } = [];

    /// <summary>Their text.</summary>
    public string Text { get; private set; } = "";

    /// <summary>Why it ended.</summary>
    public FinishReason FinishReason { get; private set; }

    /// <summary>What it used.</summary>
    public Usage Usage { get; private set; }

    /// <summary>How long it took.</summary>
    public Timings Timings { get; private set; }

    /// <summary>Generates, on the caller's thread as far as reading goes.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="request">What to generate.</param>
    /// <param name="piece">Sees it as it comes.</param>
    /// <param name="interrupt">Ends it early; it then has what came until then.</param>
    /// <exception cref="CommandException">The request does not fit, or the generation failed.</exception>
    public static Answer Of(Engine engine, GenerationRequest request, Action<AnswerPiece> piece, CancellationToken interrupt)
    {
        try
        {
            return Read(new AnswerReader(engine, request, []), piece, interrupt).GetAwaiter().GetResult();
        }
        catch (ContextLengthException exception)
        {
            throw new CommandException($"{exception.Message}: give --ctx more or -n less");
        }
        catch (GenerationException exception)
        {
            throw new CommandException(exception.Message);
        }
    }

    static async Task<Answer> Read(AnswerReader reader, Action<AnswerPiece> piece, CancellationToken interrupt)
    {
        Answer answer = new();
        StringBuilder text = new();
        try
        {
            await foreach (AnswerPiece read in reader.ReadAsync(interrupt).ConfigureAwait(false))
            {
                text.Append(read.Text);
                if (read.Token is { } output)
                {
                    answer.Tokens.Add(output.Token);
                }

                piece(read);
            }
        }
        catch (OperationCanceledException)
        {
            // What came until now is the answer.
        }

        answer.Text = text.ToString();
        answer.FinishReason = reader.FinishReason ?? FinishReason.Cancelled;
        answer.Usage = reader.Usage;
        answer.Timings = reader.Timings;
        return answer;
    }
}
