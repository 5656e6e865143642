using Millrace.Cache;
using Millrace.Devices.Cpu;
using Millrace.Scheduling;

namespace Millrace.Cli;

/// <summary>Runs given tokens as one sequence, for their logits alone: nothing is sampled.</summary>
sealed class SequenceRun(CpuDevice device)
{
    /// <summary>Receives the logits of a position.</summary>
    public delegate void RowReader(int position, ReadOnlySpan<float> logits);

    readonly StepBatch _batch = new();

    /// <summary>Computes the tokens from position 0 on, a chunk in each step.</summary>
    /// <param name="tokens">At most the device's context, each in its vocabulary.</param>
    /// <param name="firstRow">The first position whose logits are wanted.</param>
    /// <param name="chunk">Tokens in a step, at most the device's.</param>
    /// <param name="read">Called in order for each position from <paramref name="firstRow"/> on.</param>
    public void Run(ReadOnlySpan<int> tokens, int firstRow, int chunk, RowReader read)
    {
        int[] blocks = [.. Enumerable.Range(0, KvCache.BlocksFor(tokens.Length))];
        for (int begin = 0; begin < tokens.Length; begin += chunk)
        {
            int count = Math.Min(chunk, tokens.Length - begin);
            int rows = Math.Clamp(begin + count - firstRow, 0, count);
            _batch.Clear();
            _batch.Tokens.AddRange(tokens.Slice(begin, count));
            _batch.Slices.Add(new StepSlice(0, count, begin, blocks, rows));
            device.Run(_batch);
            for (int row = 0; row < rows; row++)
            {
                read(begin + count - rows + row, device.Logits(row));
            }
        }
    }
}
