using Millrace.Devices.Cpu;
using Millrace.Scheduling;
using Millrace.Tests.Scheduling;

namespace Millrace.Tests;

/// <summary>A device for tests of the engine: the chain model, whose logits have one peak, and hooks to watch and to fail.</summary>
sealed class FakeDevice
{
    public const int Vocabulary = 50;
    public const int BlockSize = 4;
    readonly float[] _logits = new float[Vocabulary];

    public FakeDevice(int blocks = 64) => Model = new(blocks, BlockSize, Vocabulary);

    public ChainModel Model { get; }

    /// <summary>Called on the engine's thread before each step with its number, from 0.</summary>
    public Action<int, StepBatch>? BeforeStep { get; set; }

    /// <summary>May change a row of logits; gets its peak token.</summary>
    public Action<int, float[]>? OnLogits { get; set; }

    public int Steps { get; private set; }

    public Engine Start(int context = 200, int stepTokens = 16, int maxSequences = 16, int blocks = 64, TimeProvider? clock = null) => new(
        new EngineDevice(Vocabulary, blocks, BlockSize, Run, Logits),
        new EngineOptions
        {
            Device = new CpuOptions { Context = context, MaxTokens = stepTokens },
            MaxSequences = maxSequences,
            TimeProvider = clock ?? TimeProvider.System,
        },
        tokenizer: null, // nothing here is text
        chatTemplate: null,
        "fake");

    void Run(StepBatch batch)
    {
        BeforeStep?.Invoke(Steps++, batch);
        Model.Run(batch);
    }

    ReadOnlySpan<float> Logits(int row)
    {
        Array.Fill(_logits, -5);
        int token = Model.RowToken(row);
        _logits[token] = 5;
        OnLogits?.Invoke(token, _logits);
        return _logits;
    }
}
