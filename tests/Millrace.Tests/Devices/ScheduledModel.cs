using Millrace.Cache;
using Millrace.Devices.Cpu;
using Millrace.Formats.Gguf;
using Millrace.Kernels;
using Millrace.Scheduling;
using Millrace.Tests.Conformance;

namespace Millrace.Tests.Devices;

/// <summary>A device driven by a scheduler, step by step, that keeps every row of logits a token was chosen from.</summary>
sealed class ScheduledModel : IDisposable
{
    readonly CpuDevice _device;
    readonly Dictionary<Sequence, List<float[]>> _rows = [];

    public ScheduledModel(string path, KvType kvType, int blocks, int stepTokens = 32)
    {
        using GgufFile file = GgufFile.Open(path);
        _device = CpuDevice.Load(file, new CpuOptions { Threads = 1, Context = 256, KvType = kvType, KvBlocks = blocks, MaxTokens = stepTokens });
        Scheduler = new Scheduler(new BlockPool(blocks, KvCache.BlockSize), new SchedulerOptions { StepTokens = stepTokens });
    }

    public Scheduler Scheduler { get; }

    /// <summary>Adds a sequence that is continued greedily.</summary>
    public Sequence Add(int[] prompt, int count, int priority = 0)
    {
        Sequence sequence = Scheduler.Add(prompt, count, new SequenceOptions { Priority = priority });
        _rows[sequence] = [];
        return sequence;
    }

    /// <summary>The rows of logits a sequence's tokens were chosen from.</summary>
    public IReadOnlyList<float[]> Rows(Sequence sequence) => _rows[sequence];

    /// <summary>Runs steps until nothing is left to do, or so many.</summary>
    public void Run(int steps = int.MaxValue)
    {
        for (; steps > 0; steps--)
        {
            StepBatch batch = Scheduler.Schedule();
            if (batch.Tokens.Count == 0)
            {
                return;
            }

            _device.Run(batch);
            int[] next = new int[batch.Slices.Count];
            int row = 0;
            for (int i = 0; i < next.Length; i++)
            {
                next[i] = -1;
                if (batch.Slices[i].LogitRows > 0)
                {
                    float[] logits = _device.Logits(row).ToArray();
                    _rows[Scheduler.Scheduled[i]].Add(logits);
                    next[i] = LlamaCppContext.ArgMax(logits);
                    row++;
                }
            }

            Scheduler.Complete(next);
        }
    }

    public void Dispose() => _device.Dispose();
}
