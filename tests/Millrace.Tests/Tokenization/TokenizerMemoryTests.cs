using Millrace.Tokenization;

namespace Millrace.Tests.Tokenization;

/// <summary>Measures the heap of the whole process, so that no other test may run beside it.</summary>
[CollectionDefinition(nameof(TokenizerMemoryTests), DisableParallelization = true)]
[Collection(nameof(TokenizerMemoryTests))]
public sealed class TokenizerMemoryTests
{
    [Fact]
    public void A_large_vocabulary_is_small_in_memory()
    {
        string path = SharedData.Require("data", "vocab", "ggml-vocab-llama-bpe.gguf");
        _ = Tokenizer.Open(path);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        Tokenizer tokenizer = Tokenizer.Open(path);
        long bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.Equal(128_256, tokenizer.VocabularySize);
        Assert.InRange(bytes, 1 << 20, 25 << 20);
    }
}
