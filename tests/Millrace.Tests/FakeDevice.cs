using Millrace.Devices.Cpu;
using Millrace.Graphs;
using Millrace.Kernels;
using Millrace.Scheduling;
using Millrace.Tests.Scheduling;
using Millrace.Tokenization;

namespace Millrace.Tests;

/// <summary>A device for tests of the engine: the chain model, whose logits have one peak, and hooks to watch and to fail.</summary>
sealed class FakeDevice
{
    public const int Vocabulary = 50;
    public const int BlockSize = 4;
    public const int BlockBytes = 4000;

    /// <summary>Round numbers: 1,000,000 bytes of body and 1,000 of head for each 4 rows; for each token 100 bytes written and 10,000 operations, for each row 500, for each key 100 bytes and 10.</summary>
    public static readonly StepCost Cost = new([0, 1_000_000, 1_000_000], 1_000, 4, 100, 10_000, 500, [(0, 100, 10)]);

    readonly float[] _logits = new float[Vocabulary];

    public FakeDevice(int blocks = 64) => Model = new(blocks, BlockSize, Vocabulary);

    public ChainModel Model { get; }

    /// <summary>Called on the engine's thread before each step with its number, from 0.</summary>
    public Action<int, StepBatch>? BeforeStep { get; set; }

    /// <summary>May change a row of logits; gets its peak token.</summary>
    public Action<int, float[]>? OnLogits { get; set; }

    public int Steps { get; private set; }

    /// <summary>What it takes note of: nothing by itself.</summary>
    public IReadOnlyList<KernelLog> Kernels { get; set; } = [];

    public Engine Start(int context = 200, int stepTokens = 16, int maxSequences = 16, int blocks = 64, TimeProvider? clock = null, Func<EngineOptions, EngineOptions>? with = null, Tokenizer? tokenizer = null) => new(
        new EngineDevice(Vocabulary, blocks, BlockSize, BlockBytes, Cost, Run, Logits, HiddenWidth: 2, Hidden) { Kernels = Kernels },
        (with ?? (options => options))(new EngineOptions
        {
            Device = new CpuOptions { Context = context, MaxTokens = stepTokens },
            MaxSequences = maxSequences,
            TimeProvider = clock ?? TimeProvider.System,
        }),
        tokenizer, // most tests have no text
        chatTemplate: null,
        "fake");

    void Run(StepBatch batch)
    {
        BeforeStep?.Invoke(Steps++, batch);
        Model.Run(batch);
    }

    /// <summary>The row's peak token, and 1.</summary>
    ReadOnlySpan<float> Hidden(int row) => new float[] { Model.RowToken(row), 1 };

    ReadOnlySpan<float> Logits(int row)
    {
        Array.Fill(_logits, -5);
        int token = Model.RowToken(row);
        _logits[token] = 5;
        OnLogits?.Invoke(token, _logits);
        return _logits;
    }
}
