namespace Millrace.Tests.Conformance;

/// <summary>A model in llama.cpp, or its vocabulary alone.</summary>
sealed unsafe class LlamaCppModel : IDisposable
{
    readonly LlamaCppApi _api;

    /// <summary>Loads a GGUF file.</summary>
    /// <exception cref="InvalidOperationException">llama.cpp refuses it; the message is its own.</exception>
    public LlamaCppModel(string path, bool vocabularyOnly = false)
    {
        _api = LlamaCpp.Load();
        LlamaParameters parameters = _api.ModelDefaults();
        parameters.Words[LlamaParameters.GpuLayers] = 0;
        ((byte*)parameters.Words)[LlamaParameters.VocabularyOnlyByte] = vocabularyOnly ? (byte)1 : (byte)0;
        fixed (byte* name = LlamaCpp.Utf8(path))
        {
            Handle = _api.LoadModel(name, parameters);
        }

        if (Handle == IntPtr.Zero)
        {
            throw new InvalidOperationException($"llama.cpp cannot load {path}: {LlamaCpp.TakeErrors()}");
        }

        Vocabulary = _api.Vocabulary(Handle);
        VocabularySize = _api.VocabularySize(Vocabulary);
    }

    /// <summary>llama_model *.</summary>
    public IntPtr Handle { get; private set; }

    /// <summary>llama_vocab *.</summary>
    public IntPtr Vocabulary { get; }

    /// <summary>How many tokens.</summary>
    public int VocabularySize { get; }

    /// <summary>The token that begins a text, or -1.</summary>
    public int Bos => _api.Bos(Vocabulary);

    /// <summary>The token that ends a text, or -1.</summary>
    public int Eos => _api.Eos(Vocabulary);

    /// <summary>Whether a text gets a <see cref="Bos"/> in front.</summary>
    public bool AddsBos => _api.AddsBos(Vocabulary) != 0;

    /// <summary>Whether the token ends an answer.</summary>
    public bool EndsGeneration(int token) => _api.EndsGeneration(Vocabulary, token) != 0;

    /// <summary>The tokens of a UTF-8 text.</summary>
    /// <param name="text">The text's bytes.</param>
    /// <param name="addSpecial">Adds BOS and EOS where the vocabulary says so.</param>
    /// <param name="parseSpecial">Takes the texts of control tokens for these tokens.</param>
    public int[] Tokenize(ReadOnlySpan<byte> text, bool addSpecial, bool parseSpecial)
    {
        int[] tokens = new int[text.Length + 8];
        byte[] copy = [.. text, 0];
        fixed (byte* bytes = copy)
        fixed (int* ids = tokens)
        {
            int count = _api.Tokenize(Vocabulary, bytes, text.Length, ids, tokens.Length, addSpecial ? (byte)1 : (byte)0, parseSpecial ? (byte)1 : (byte)0);
            if (count < 0)
            {
                tokens = new int[-count];
                fixed (int* more = tokens)
                {
                    count = _api.Tokenize(Vocabulary, bytes, text.Length, more, tokens.Length, addSpecial ? (byte)1 : (byte)0, parseSpecial ? (byte)1 : (byte)0);
                }
            }

            return tokens[..count];
        }
    }

    /// <summary>The bytes of one token; those of a control token only where <paramref name="special"/> is set.</summary>
    public byte[] Piece(int token, bool special)
    {
        byte[] bytes = new byte[1024];
        fixed (byte* buffer = bytes)
        {
            int count = _api.Piece(Vocabulary, token, buffer, bytes.Length, 0, special ? (byte)1 : (byte)0);
            return count >= 0 ? bytes[..count] : throw new InvalidOperationException($"the piece of token {token} has {-count} bytes");
        }
    }

    /// <summary>The bytes of a text's tokens.</summary>
    public byte[] Detokenize(ReadOnlySpan<int> tokens, bool removeSpecial, bool unparseSpecial)
    {
        byte[] bytes = new byte[tokens.Length * 8 + 64];
        while (true)
        {
            fixed (int* ids = tokens)
            fixed (byte* buffer = bytes)
            {
                int count = _api.Detokenize(Vocabulary, ids, tokens.Length, buffer, bytes.Length, removeSpecial ? (byte)1 : (byte)0, unparseSpecial ? (byte)1 : (byte)0);
                if (count >= 0)
                {
                    return bytes[..count];
                }

                bytes = new byte[-count];
            }
        }
    }

    public void Dispose()
    {
        if (Handle != IntPtr.Zero)
        {
            _api.FreeModel(Handle);
            Handle = IntPtr.Zero;
        }
    }
}
