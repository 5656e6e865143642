namespace Millrace.Tests.Conformance;

/// <summary>A context of llama.cpp: the KV cache of one sequence and what computes over it. Dispose it before its model.</summary>
sealed unsafe class LlamaCppContext : IDisposable
{
    /// <summary>ggml's type ids of a KV cache.</summary>
    public const int F32 = 0, F16 = 1;

    readonly LlamaCppApi _api = LlamaCpp.Load();
    readonly LlamaCppModel _model;
    IntPtr _context;

    /// <summary>Creates a context with room for <paramref name="length"/> tokens. An F32 cache goes without flash attention, which would round it to f16: everything is f32 then.</summary>
    public LlamaCppContext(LlamaCppModel model, int length, int kvType = F16, int threads = 1)
    {
        _model = model;
        LlamaParameters parameters = _api.ContextDefaults();
        parameters.Words[LlamaParameters.ContextLength] = length;
        parameters.Words[LlamaParameters.BatchSize] = Math.Max(length, 512);
        parameters.Words[LlamaParameters.MicroBatchSize] = 512;
        parameters.Words[LlamaParameters.Threads] = threads;
        parameters.Words[LlamaParameters.BatchThreads] = threads;
        parameters.Words[LlamaParameters.KeyType] = kvType;
        parameters.Words[LlamaParameters.ValueType] = kvType;
        if (kvType == F32)
        {
            parameters.Words[LlamaParameters.FlashAttention] = 0;
        }

        _context = _api.NewContext(model.Handle, parameters);
        if (_context == IntPtr.Zero)
        {
            throw new InvalidOperationException($"llama.cpp cannot make a context: {LlamaCpp.TakeErrors()}");
        }
    }

    /// <summary>The context's length, which llama.cpp rounds up to a multiple of 256.</summary>
    public int Length => _api.ContextLength(_context);

    /// <summary>Forgets the sequence.</summary>
    public void Clear() => _api.ClearMemory(_api.Memory(_context), 1);

    /// <summary>Computes tokens that follow one another.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="position">Position of the first.</param>
    /// <param name="lastOnly">Logits of the last token alone.</param>
    public void Decode(ReadOnlySpan<int> tokens, int position, bool lastOnly = false)
    {
        int count = tokens.Length;
        int[] positions = new int[count];
        int[] one = new int[count];
        byte[] wants = new byte[count];
        IntPtr[] ids = new IntPtr[count];
        int sequence = 0;
        for (int i = 0; i < count; i++)
        {
            positions[i] = position + i;
            one[i] = 1;
            wants[i] = !lastOnly || i == count - 1 ? (byte)1 : (byte)0;
            ids[i] = (IntPtr)(&sequence);
        }

        fixed (int* t = tokens, p = positions, n = one)
        fixed (byte* w = wants)
        fixed (IntPtr* s = ids)
        {
            int status = _api.Decode(_context, new LlamaBatch { Count = count, Tokens = t, Positions = p, SequenceCounts = n, SequenceIds = (int**)s, WantsLogits = w });
            if (status != 0)
            {
                throw new InvalidOperationException($"llama_decode returned {status}: {LlamaCpp.TakeErrors()}");
            }
        }
    }

    /// <summary>The logits of a token of the last <see cref="Decode"/>, by its place there; valid until the next one.</summary>
    public ReadOnlySpan<float> Logits(int index)
    {
        float* logits = _api.Logits(_context, index);
        return logits is null
            ? throw new InvalidOperationException($"llama.cpp has no logits of token {index}: {LlamaCpp.TakeErrors()}")
            : new ReadOnlySpan<float>(logits, _model.VocabularySize);
    }

    /// <summary>The logits of every position of a prompt that is computed <paramref name="chunk"/> tokens at a time, in an empty context.</summary>
    public float[][] AllLogits(ReadOnlySpan<int> tokens, int chunk = int.MaxValue)
    {
        Clear();
        float[][] rows = new float[tokens.Length][];
        for (int first = 0; first < tokens.Length; first += chunk)
        {
            int count = Math.Min(chunk, tokens.Length - first);
            Decode(tokens.Slice(first, count), first);
            for (int i = 0; i < count; i++)
            {
                rows[first + i] = Logits(i).ToArray();
            }

            if (count < chunk)
            {
                break;
            }
        }

        return rows;
    }

    /// <summary>The hidden states after the final norm of every position of a prompt, in an empty context.</summary>
    public float[][] AllHidden(ReadOnlySpan<int> tokens)
    {
        Clear();
        _api.SetEmbeddings(_context, 1);
        Decode(tokens, 0);
        int width = _api.Width(_model.Handle);
        float[][] rows = new float[tokens.Length][];
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = new ReadOnlySpan<float>(_api.Embeddings(_context, i), width).ToArray();
        }

        _api.SetEmbeddings(_context, 0);
        return rows;
    }

    /// <summary>Continues a prompt greedily; returns the tokens, and the logits each was chosen from.</summary>
    public (int[] Tokens, float[][] Logits) Greedy(ReadOnlySpan<int> prompt, int count)
    {
        Clear();
        Decode(prompt, 0, lastOnly: true);
        int[] tokens = new int[count];
        float[][] logits = new float[count][];
        int row = prompt.Length - 1;
        for (int i = 0; i < count; i++)
        {
            logits[i] = Logits(row).ToArray();
            tokens[i] = ArgMax(logits[i]);
            Decode(tokens.AsSpan(i, 1), prompt.Length + i);
            row = 0;
        }

        return (tokens, logits);
    }

    /// <summary>The token of the highest logit, the first among equals.</summary>
    public static int ArgMax(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int i = 1; i < logits.Length; i++)
        {
            best = logits[i] > logits[best] ? i : best;
        }

        return best;
    }

    public void Dispose()
    {
        if (_context != IntPtr.Zero)
        {
            _api.FreeContext(_context);
            _context = IntPtr.Zero;
        }
    }
}
