using System.Text;
using Millrace.Tokenization;

namespace Millrace.Tests.Tokenization;

/// <summary>The vectors that llama.cpp keeps beside its vocabularies (models/ggml-vocab-*.gguf.inp and .out).</summary>
public class VocabularyVectorTests
{
    public static TheoryData<string> Names => ["bert-bge", "deepseek-coder", "gpt-2", "llama-bpe", "llama-spm", "phi-3", "qwen2", "starcoder"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Ids_are_those_of_the_vectors(string name)
    {
        string path = SharedData.Require("data", "vocab", $"ggml-vocab-{name}.gguf");
        string[] texts = Encoding.UTF8.GetString(File.ReadAllBytes(path + ".inp")).Split("\n__ggml_vocab_test__\n");
        string[] expected = File.ReadAllText(path + ".out").Split('\n');
        Tokenizer tokenizer = Tokenizer.Open(path);
        Assert.True(texts.Length > 40);
        for (int i = 0; i < texts.Length; i++)
        {
            Assert.Equal(expected[i].Trim(), string.Join(' ', tokenizer.Encode(texts[i], addSpecial: false)));
        }
    }
}
