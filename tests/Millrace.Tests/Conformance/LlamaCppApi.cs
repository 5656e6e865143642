using System.Runtime.InteropServices;

namespace Millrace.Tests.Conformance;

/// <summary>A parameter struct of llama.cpp, large enough for any of them: passed in memory, of which the callee reads its own size.</summary>
[StructLayout(LayoutKind.Sequential, Size = 512)]
unsafe struct LlamaParameters
{
    public fixed int Words[128];

    /// <summary>llama_model_params: layers on a GPU.</summary>
    public const int GpuLayers = 4;

    /// <summary>llama_model_params: the byte that asks for the vocabulary alone.</summary>
    public const int VocabularyOnlyByte = 72;

    /// <summary>llama_context_params.</summary>
    public const int ContextLength = 0, BatchSize = 1, MicroBatchSize = 2, MostSequences = 3, Threads = 7, BatchThreads = 8, FlashAttention = 13, KeyType = 26, ValueType = 27;

    /// <summary>llama_context_params: the byte that asks for one KV buffer of all sequences.</summary>
    public const int UnifiedByte = 133;
}

/// <summary>llama_batch.</summary>
[StructLayout(LayoutKind.Sequential)]
unsafe struct LlamaBatch
{
    public int Count;
    public int* Tokens;
    public float* Embeddings;
    public int* Positions;
    public int* SequenceCounts;
    public int** SequenceIds;
    public byte* WantsLogits;
}

/// <summary>llama_token_data.</summary>
[StructLayout(LayoutKind.Sequential)]
record struct LlamaTokenData(int Id, float Logit, float Probability);

/// <summary>llama_token_data_array.</summary>
[StructLayout(LayoutKind.Sequential)]
unsafe struct LlamaTokenDataArray
{
    public LlamaTokenData* Data;
    public nuint Size;
    public long Selected;
    public byte Sorted;
}

/// <summary>The functions of llama.h and ggml-backend.h that the tests call, by the names they have there.</summary>
sealed unsafe class LlamaCppApi(IntPtr llama, IntPtr ggml)
{
    public readonly delegate* unmanaged<delegate* unmanaged[Cdecl]<int, byte*, IntPtr, void>, IntPtr, void> SetLog = (delegate* unmanaged<delegate* unmanaged[Cdecl]<int, byte*, IntPtr, void>, IntPtr, void>)Of(llama, "llama_log_set");
    public readonly delegate* unmanaged<byte*, void> LoadBackends = (delegate* unmanaged<byte*, void>)Of(ggml, "ggml_backend_load_all_from_path");
    public readonly delegate* unmanaged<byte*, IntPtr> LoadBackend = (delegate* unmanaged<byte*, IntPtr>)Of(ggml, "ggml_backend_load");

    public readonly delegate* unmanaged<int, IntPtr> DeviceOfType = (delegate* unmanaged<int, IntPtr>)Of(ggml, "ggml_backend_dev_by_type");
    public readonly delegate* unmanaged<IntPtr, IntPtr> RegistryOf = (delegate* unmanaged<IntPtr, IntPtr>)Of(ggml, "ggml_backend_dev_backend_reg");
    public readonly delegate* unmanaged<IntPtr, byte*, IntPtr> FunctionOf = (delegate* unmanaged<IntPtr, byte*, IntPtr>)Of(ggml, "ggml_backend_reg_get_proc_address");
    public readonly delegate* unmanaged<byte*, int, void> ThreadDefaults = (delegate* unmanaged<byte*, int, void>)Of(ggml, "ggml_threadpool_params_init");
    public readonly delegate* unmanaged<IntPtr, IntPtr, IntPtr, void> UseThreads = (delegate* unmanaged<IntPtr, IntPtr, IntPtr, void>)Of(llama, "llama_attach_threadpool");

    public readonly delegate* unmanaged<LlamaParameters> ModelDefaults = (delegate* unmanaged<LlamaParameters>)Of(llama, "llama_model_default_params");
    public readonly delegate* unmanaged<LlamaParameters> ContextDefaults = (delegate* unmanaged<LlamaParameters>)Of(llama, "llama_context_default_params");
    public readonly delegate* unmanaged<byte*, LlamaParameters, IntPtr> LoadModel = (delegate* unmanaged<byte*, LlamaParameters, IntPtr>)Of(llama, "llama_model_load_from_file");
    public readonly delegate* unmanaged<IntPtr, void> FreeModel = (delegate* unmanaged<IntPtr, void>)Of(llama, "llama_model_free");
    public readonly delegate* unmanaged<IntPtr, LlamaParameters, IntPtr> NewContext = (delegate* unmanaged<IntPtr, LlamaParameters, IntPtr>)Of(llama, "llama_init_from_model");
    public readonly delegate* unmanaged<IntPtr, void> FreeContext = (delegate* unmanaged<IntPtr, void>)Of(llama, "llama_free");
    public readonly delegate* unmanaged<IntPtr, int> ContextLength = (delegate* unmanaged<IntPtr, int>)Of(llama, "llama_n_ctx");
    public readonly delegate* unmanaged<IntPtr, LlamaBatch, int> Decode = (delegate* unmanaged<IntPtr, LlamaBatch, int>)Of(llama, "llama_decode");
    public readonly delegate* unmanaged<IntPtr, int, float*> Logits = (delegate* unmanaged<IntPtr, int, float*>)Of(llama, "llama_get_logits_ith");
    public readonly delegate* unmanaged<IntPtr, byte, void> SetEmbeddings = (delegate* unmanaged<IntPtr, byte, void>)Of(llama, "llama_set_embeddings");
    public readonly delegate* unmanaged<IntPtr, int, float*> Embeddings = (delegate* unmanaged<IntPtr, int, float*>)Of(llama, "llama_get_embeddings_ith");
    public readonly delegate* unmanaged<IntPtr, int> Width = (delegate* unmanaged<IntPtr, int>)Of(llama, "llama_model_n_embd");
    public readonly delegate* unmanaged<IntPtr, IntPtr> Memory = (delegate* unmanaged<IntPtr, IntPtr>)Of(llama, "llama_get_memory");
    public readonly delegate* unmanaged<IntPtr, byte, void> ClearMemory = (delegate* unmanaged<IntPtr, byte, void>)Of(llama, "llama_memory_clear");
    public readonly delegate* unmanaged<IntPtr, int, int, int, byte> RemoveTokens = (delegate* unmanaged<IntPtr, int, int, int, byte>)Of(llama, "llama_memory_seq_rm");
    public readonly delegate* unmanaged<IntPtr, int, int, int, int, void> CopyTokens = (delegate* unmanaged<IntPtr, int, int, int, int, void>)Of(llama, "llama_memory_seq_cp");
    public readonly delegate* unmanaged<IntPtr, int, int, int, int, void> ShiftTokens = (delegate* unmanaged<IntPtr, int, int, int, int, void>)Of(llama, "llama_memory_seq_add");
    public readonly delegate* unmanaged<IntPtr, int, nuint> StateSize = (delegate* unmanaged<IntPtr, int, nuint>)Of(llama, "llama_state_seq_get_size");
    public readonly delegate* unmanaged<IntPtr, byte*, nuint, int, nuint> SaveState = (delegate* unmanaged<IntPtr, byte*, nuint, int, nuint>)Of(llama, "llama_state_seq_get_data");
    public readonly delegate* unmanaged<IntPtr, byte*, nuint, int, nuint> LoadState = (delegate* unmanaged<IntPtr, byte*, nuint, int, nuint>)Of(llama, "llama_state_seq_set_data");

    public readonly delegate* unmanaged<IntPtr, IntPtr> Vocabulary = (delegate* unmanaged<IntPtr, IntPtr>)Of(llama, "llama_model_get_vocab");
    public readonly delegate* unmanaged<IntPtr, int> VocabularySize = (delegate* unmanaged<IntPtr, int>)Of(llama, "llama_vocab_n_tokens");
    public readonly delegate* unmanaged<IntPtr, int> Bos = (delegate* unmanaged<IntPtr, int>)Of(llama, "llama_vocab_bos");
    public readonly delegate* unmanaged<IntPtr, int> Eos = (delegate* unmanaged<IntPtr, int>)Of(llama, "llama_vocab_eos");
    public readonly delegate* unmanaged<IntPtr, byte> AddsBos = (delegate* unmanaged<IntPtr, byte>)Of(llama, "llama_vocab_get_add_bos");
    public readonly delegate* unmanaged<IntPtr, int, byte> EndsGeneration = (delegate* unmanaged<IntPtr, int, byte>)Of(llama, "llama_vocab_is_eog");
    public readonly delegate* unmanaged<IntPtr, byte*, int, int*, int, byte, byte, int> Tokenize = (delegate* unmanaged<IntPtr, byte*, int, int*, int, byte, byte, int>)Of(llama, "llama_tokenize");
    public readonly delegate* unmanaged<IntPtr, int, byte*, int, int, byte, int> Piece = (delegate* unmanaged<IntPtr, int, byte*, int, int, byte, int>)Of(llama, "llama_token_to_piece");
    public readonly delegate* unmanaged<IntPtr, int*, int, byte*, int, byte, byte, int> Detokenize = (delegate* unmanaged<IntPtr, int*, int, byte*, int, byte, byte, int>)Of(llama, "llama_detokenize");

    public readonly delegate* unmanaged<IntPtr> Greedy = (delegate* unmanaged<IntPtr>)Of(llama, "llama_sampler_init_greedy");
    public readonly delegate* unmanaged<int, IntPtr> TopK = (delegate* unmanaged<int, IntPtr>)Of(llama, "llama_sampler_init_top_k");
    public readonly delegate* unmanaged<float, nuint, IntPtr> TopP = (delegate* unmanaged<float, nuint, IntPtr>)Of(llama, "llama_sampler_init_top_p");
    public readonly delegate* unmanaged<float, nuint, IntPtr> MinP = (delegate* unmanaged<float, nuint, IntPtr>)Of(llama, "llama_sampler_init_min_p");
    public readonly delegate* unmanaged<float, nuint, IntPtr> Typical = (delegate* unmanaged<float, nuint, IntPtr>)Of(llama, "llama_sampler_init_typical");
    public readonly delegate* unmanaged<float, IntPtr> Temperature = (delegate* unmanaged<float, IntPtr>)Of(llama, "llama_sampler_init_temp");
    public readonly delegate* unmanaged<float, float, nuint, uint, IntPtr> Xtc = (delegate* unmanaged<float, float, nuint, uint, IntPtr>)Of(llama, "llama_sampler_init_xtc");
    public readonly delegate* unmanaged<uint, float, float, IntPtr> Mirostat2 = (delegate* unmanaged<uint, float, float, IntPtr>)Of(llama, "llama_sampler_init_mirostat_v2");
    public readonly delegate* unmanaged<int, int, float, float, float, IntPtr> Penalties = (delegate* unmanaged<int, int, float, float, float, IntPtr>)Of(llama, "llama_sampler_init_penalties");
    public readonly delegate* unmanaged<IntPtr, float, float, int, int, byte**, nuint, IntPtr> Dry = (delegate* unmanaged<IntPtr, float, float, int, int, byte**, nuint, IntPtr>)Of(llama, "llama_sampler_init_dry");
    public readonly delegate* unmanaged<int, int, (int Token, float Bias)*, IntPtr> LogitBias = (delegate* unmanaged<int, int, (int Token, float Bias)*, IntPtr>)Of(llama, "llama_sampler_init_logit_bias");
    public readonly delegate* unmanaged<IntPtr, LlamaTokenDataArray*, void> Apply = (delegate* unmanaged<IntPtr, LlamaTokenDataArray*, void>)Of(llama, "llama_sampler_apply");
    public readonly delegate* unmanaged<IntPtr, int, void> Accept = (delegate* unmanaged<IntPtr, int, void>)Of(llama, "llama_sampler_accept");
    public readonly delegate* unmanaged<IntPtr, void> FreeSampler = (delegate* unmanaged<IntPtr, void>)Of(llama, "llama_sampler_free");

    static IntPtr Of(IntPtr library, string name) => NativeLibrary.GetExport(library, name);
}
