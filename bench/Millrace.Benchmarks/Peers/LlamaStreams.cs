using System.Runtime.InteropServices;
using Millrace.Kernels;
using Millrace.Tests.Conformance;

namespace Millrace.Benchmarks.Peers;

/// <summary>Settings of llama.cpp that decide its speed and that no one value of is the best for all work.</summary>
/// <param name="Flash">Flash attention.</param>
/// <param name="MicroBatch">Tokens computed together.</param>
sealed record LlamaSettings(bool Flash, int MicroBatch);

/// <summary>A context of llama.cpp for many sequences that go on together, one batch a step; nothing is allocated from step to step.</summary>
sealed unsafe class LlamaStreams : IDisposable
{
    const int F16 = 1, Q8 = 8;

    readonly LlamaCppApi _api = LlamaCpp.Load();
    readonly IntPtr _context;
    readonly IntPtr _memory;
    readonly NativeBuffer _ids; // [token] the number of its sequence
    readonly NativeBuffer _pointers; // [token] where that stands
    readonly int[] _tokens, _positions, _counts;
    readonly byte[] _wanted;
    int _count;

    /// <summary>Makes a context.</summary>
    /// <param name="model">The model.</param>
    /// <param name="row">Whose sequences, context and KV types it takes.</param>
    /// <param name="threads">Threads.</param>
    /// <param name="threadpool">They themselves.</param>
    /// <param name="settings">The rest.</param>
    public LlamaStreams(LlamaCppModel model, PeerRow row, int threads, IntPtr threadpool, LlamaSettings settings)
    {
        LlamaParameters parameters = _api.ContextDefaults();
        int room = Math.Max(StreamTokens.Real, row.IsPrompt ? row.Tokens : 1);
        int kv = row.Kv == KvType.Int8 ? Q8 : F16;
        parameters.Words[LlamaParameters.ContextLength] = row.Context * row.Streams;
        parameters.Words[LlamaParameters.BatchSize] = Math.Max(room, row.Streams);
        parameters.Words[LlamaParameters.MicroBatchSize] = settings.MicroBatch;
        // One sequence has a second one beside it, with which its depth is made; both lie in one buffer.
        parameters.Words[LlamaParameters.MostSequences] = Math.Max(2, row.Streams);
        ((byte*)parameters.Words)[LlamaParameters.UnifiedByte] = row.Streams == 1 ? (byte)1 : (byte)0;
        parameters.Words[LlamaParameters.Threads] = threads;
        parameters.Words[LlamaParameters.BatchThreads] = threads;
        parameters.Words[LlamaParameters.FlashAttention] = settings.Flash ? 1 : 0;
        parameters.Words[LlamaParameters.KeyType] = kv;
        parameters.Words[LlamaParameters.ValueType] = kv;
        _context = _api.NewContext(model.Handle, parameters);
        if (_context == IntPtr.Zero)
        {
            throw new InvalidOperationException($"llama.cpp cannot make a context: {LlamaCpp.TakeErrors()}");
        }

        _api.UseThreads(_context, threadpool, threadpool);
        _memory = _api.Memory(_context);
        (_tokens, _positions, _counts, _wanted) = (new int[room], new int[room], new int[room], new byte[room]);
        Array.Fill(_counts, 1);
        _ids = new NativeBuffer(room * sizeof(int));
        _pointers = new NativeBuffer(room * sizeof(nint));
        for (int i = 0; i < room; i++)
        {
            ((int**)_pointers.Pointer)[i] = (int*)_ids.Pointer + i;
        }
    }

    /// <summary>Empties the batch.</summary>
    public void Clear() => _count = 0;

    /// <summary>Adds tokens that follow one another; the last one wants logits.</summary>
    public void Add(int sequence, ReadOnlySpan<int> tokens, int position)
    {
        for (int i = 0; i < tokens.Length; i++, _count++)
        {
            _tokens[_count] = tokens[i];
            _positions[_count] = position + i;
            ((int*)_ids.Pointer)[_count] = sequence;
            _wanted[_count] = i == tokens.Length - 1 ? (byte)1 : (byte)0;
        }
    }

    /// <summary>Computes the batch and reads its logits.</summary>
    public void Compute()
    {
        fixed (int* tokens = _tokens, positions = _positions, counts = _counts)
        fixed (byte* wanted = _wanted)
        {
            int status = _api.Decode(_context, new LlamaBatch
            {
                Count = _count, Tokens = tokens, Positions = positions, SequenceCounts = counts, SequenceIds = (int**)_pointers.Pointer, WantsLogits = wanted,
            });
            if (status != 0)
            {
                throw new InvalidOperationException($"llama_decode returned {status}: {LlamaCpp.TakeErrors()}");
            }

            for (int i = 0; i < _count; i++)
            {
                if (_wanted[i] != 0)
                {
                    _ = *_api.Logits(_context, i);
                }
            }
        }
    }

    /// <summary>Forgets what a sequence has from a position on.</summary>
    public void Truncate(int sequence, int position) => _api.RemoveTokens(_memory, sequence, position, -1);

    /// <summary>Repeats keys and values of a sequence's first tokens until it has as many as wanted.</summary>
    /// <param name="real">How many it has.</param>
    /// <param name="wanted">How many it shall have.</param>
    public void Repeat(int real, int wanted)
    {
        const int Whole = 0, Copy = 1;
        nuint size = _api.StateSize(_context, Whole);
        using NativeBuffer state = new((long)size);
        _api.SaveState(_context, state.Pointer, size, Whole);
        for (int position = real; position < wanted; position += real)
        {
            if (_api.LoadState(_context, state.Pointer, size, Copy) == 0)
            {
                throw new InvalidOperationException($"llama.cpp cannot repeat a sequence: {LlamaCpp.TakeErrors()}");
            }

            _api.ShiftTokens(_memory, Copy, 0, -1, position);
            _api.CopyTokens(_memory, Copy, Whole, 0, -1);
            _api.RemoveTokens(_memory, Copy, 0, -1);
        }

        Truncate(Whole, wanted);
    }

    /// <summary>Threads that stay, as llama.cpp's own bench has them; without, each step would start and end its own.</summary>
    /// <returns>ggml_threadpool *, for the whole process.</returns>
    public static IntPtr Threadpool(int threads)
    {
        const int Cpu = 0;
        LlamaCppApi api = LlamaCpp.Load();
        byte* parameters = stackalloc byte[1024]; // ggml_threadpool_params, 528 bytes
        api.ThreadDefaults(parameters, threads);
        fixed (byte* name = LlamaCpp.Utf8("ggml_threadpool_new"))
        {
            var create = (delegate* unmanaged<byte*, IntPtr>)api.FunctionOf(api.RegistryOf(api.DeviceOfType(Cpu)), name);
            return create(parameters);
        }
    }

    public void Dispose()
    {
        _api.FreeContext(_context);
        _ids.Dispose();
        _pointers.Dispose();
    }
}
