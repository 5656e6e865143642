using System.Runtime.InteropServices;
using Millrace.Sampling;
using Millrace.Scheduling;

namespace Millrace;

/// <summary>What becomes of a step's rows: tokens are drawn, observers see a prompt's logits, hidden states are pooled. What goes wrong with one sequence is left in its <see cref="Generation.Failure"/>.</summary>
sealed class StepSampler(EngineDevice device, Candidates candidates, int maxSequences)
{
    readonly List<int> _next = new(maxSequences);

    /// <summary>For each slice of the step the token drawn, or -1.</summary>
    public ReadOnlySpan<int> Next => CollectionsMarshal.AsSpan(_next);

    /// <summary>Tokens drawn in the step, those of followers included.</summary>
    public int NewTokens { get; private set; }

    /// <summary>Goes through the rows of logits in order: shows a prompt's to who asked, and draws a token from the last row of each sequence that has caught up.</summary>
    public void Sample(StepBatch batch, IReadOnlyList<Sequence> scheduled)
    {
        _next.Clear();
        NewTokens = 0;
        int row = 0;
        for (int i = 0; i < batch.Slices.Count; i++)
        {
            StepSlice slice = batch.Slices[i];
            Generation generation = Generation.Of(scheduled[i]);
            int end = slice.Position + slice.Count;
            int next = -1;
            for (int position = end - slice.LogitRows; position < end; position++, row++)
            {
                if (generation.Failure is null)
                {
                    next = slice.Hidden ? Pool(generation, position, device.Hidden(row)) : Use(generation, position, device.Logits(row));
                }
            }

            _next.Add(next);
        }
    }

    /// <summary>Does what is wanted with the logits of a position; returns the token drawn, or -1. What goes wrong ends this sequence alone.</summary>
    int Use(Generation generation, int position, ReadOnlySpan<float> logits)
    {
        Sequence sequence = generation.Sequence!;
        try
        {
            if (position < sequence.PromptLength)
            {
                generation.Request.PromptLogits?.Invoke(position, logits);
            }

            if (position < sequence.Count - 1)
            {
                return -1;
            }

            foreach (Generation follower in CollectionsMarshal.AsSpan(generation.Followers))
            {
                follower.Drawn = Draw(follower, sequence, logits);
            }

            return Draw(generation, sequence, logits);
        }
        catch (Exception exception)
        {
            generation.Failure = exception;
            return -1;
        }
    }

    /// <summary>Adds a hidden state to an embedding, which is made with the last. What goes wrong ends this sequence alone.</summary>
    static int Pool(Generation generation, int position, ReadOnlySpan<float> state)
    {
        try
        {
            generation.Hidden!.Add(position, state);
            if (position == generation.Prompt.Length - 1)
            {
                generation.Embedding = generation.Hidden.ToVector();
            }
        }
        catch (Exception exception)
        {
            generation.Failure = exception;
        }

        return -1;
    }

    int Draw(Generation generation, Sequence sequence, ReadOnlySpan<float> logits)
    {
        if (generation.MaxTokens == 0 || generation.FinishReason is not null)
        {
            return -1;
        }

        try
        {
            int token = generation.Draw(logits[..candidates.Vocabulary], sequence.Tokens, candidates);
            NewTokens += token >= 0 ? 1 : 0;
            return token;
        }
        catch (Exception exception)
        {
            generation.Failure = exception;
            return -1;
        }
    }
}
