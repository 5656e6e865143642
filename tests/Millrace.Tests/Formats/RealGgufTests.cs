using Millrace.Formats;

namespace Millrace.Tests.Formats;

public class RealGgufTests
{
    [Fact]
    public void A_real_model_opens_and_its_first_and_last_rows_can_be_read()
    {
        using ModelFile model = ModelFile.Open(SharedData.Require("models", "SmolLM2-135M-Instruct.Q4_1.gguf"));
        Assert.Equal("llama", model.Metadata.String("general.architecture"));
        Assert.Equal(30, model.Metadata.Int("llama.block_count"));
        Assert.Equal(49152, model.Metadata.Strings("tokenizer.ggml.tokens").Count);
        Assert.Equal("<|endoftext|>", model.Metadata.Strings("tokenizer.ggml.tokens").Text(0));
        Assert.Equal(272, model.Tensors.Count);
        Tensor embedding = model.Tensor("token_embd.weight");
        Assert.Equal(WeightType.Q8_0, embedding.Type);
        Assert.Equal([576, 49152], embedding.Shape);
        foreach (Tensor tensor in model.Tensors.Values)
        {
            byte[] row = new byte[tensor.RowBytes];
            tensor.ReadRows(0, row);
            tensor.ReadRows(tensor.Rows - 1, row);
            Assert.Contains(row, static value => value != 0);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => embedding.ReadRows(49152, new byte[embedding.RowBytes]));
        model.VerifyUnchanged();
    }

    [Theory]
    [InlineData("bert-bge", 30522)]
    [InlineData("deepseek-coder", 32256)]
    [InlineData("gpt-2", 50257)]
    [InlineData("llama-bpe", 128256)]
    [InlineData("llama-spm", 32000)]
    [InlineData("phi-3", 32064)]
    [InlineData("qwen2", 151665)]
    [InlineData("starcoder", 49152)]
    public void A_real_vocabulary_opens(string name, int tokens)
    {
        using ModelFile model = ModelFile.Open(SharedData.Require("data", "vocab", $"ggml-vocab-{name}.gguf"));
        Assert.Equal(tokens, model.Metadata.Strings("tokenizer.ggml.tokens").Count);
        Assert.Empty(model.Tensors);
    }

    [Fact]
    public void A_vocabulary_of_128_K_tokens_costs_no_object_per_token()
    {
        string path = SharedData.Require("data", "vocab", "ggml-vocab-llama-bpe.gguf");
        ModelFile.Open(path).Dispose();
        long before = GC.GetAllocatedBytesForCurrentThread();
        ModelFile.Open(path).Dispose();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 3 * new FileInfo(path).Length);
    }
}
