using System.Text;
using Millrace.Formats;

namespace Millrace.Tests.Tokenization;

/// <summary>A vocabulary written out in a test, as a model file that exists in memory alone.</summary>
sealed class VocabularyFile : ModelFile
{
    readonly Dictionary<string, object> _pairs = [];

    /// <summary>Creates a vocabulary.</summary>
    /// <param name="model">The value of tokenizer.ggml.model.</param>
    /// <param name="tokens">The names of the tokens.</param>
    public VocabularyFile(string model, params string[] tokens)
    {
        Set("model", model);
        Set("tokens", Strings(tokens));
    }

    public override string Path => "test.gguf";

    public override Metadata Metadata => new(Path, _pairs);

    public override IReadOnlyDictionary<string, Tensor> Tensors { get; } = new Dictionary<string, Tensor>();

    /// <summary>A byte-pair vocabulary of all bytes, then the tokens given.</summary>
    public static VocabularyFile BytePair(string[] merges, params string[] tokens) =>
        new VocabularyFile("gpt2", [.. Enumerable.Range(0, 256).Select(Spelling), .. tokens]).Set("pre", "gpt-2").Set("merges", Strings(merges)).Set("bos_token_id", 0u).Set("eos_token_id", 0u);

    /// <summary>A SentencePiece vocabulary: &lt;unk&gt;, &lt;s&gt;, &lt;/s&gt;, the bytes, then the tokens given with their scores.</summary>
    public static VocabularyFile SentencePiece(params (string Token, float Score)[] tokens) =>
        new VocabularyFile("llama", ["<unk>", "<s>", "</s>", .. Enumerable.Range(0, 256).Select(value => $"<0x{value:X2}>"), .. tokens.Select(token => token.Token)])
            .Set("scores", (float[])[.. new float[259], .. tokens.Select(token => token.Score)])
            .Set("token_type", (int[])[2, 3, 3, .. Enumerable.Repeat(6, 256), .. Enumerable.Repeat(1, tokens.Length)]);

    /// <summary>A WordPiece vocabulary: [PAD], [UNK], [CLS], [SEP], then the tokens given.</summary>
    public static VocabularyFile WordPiece(params string[] tokens) =>
        new VocabularyFile("bert", ["[PAD]", "[UNK]", "[CLS]", "[SEP]", .. tokens]).Set("unknown_token_id", 1u).Set("bos_token_id", 2u).Set("seperator_token_id", 3u);

    /// <summary>Many strings as a file holds them.</summary>
    public static Utf8Strings Strings(params string[] texts)
    {
        int end = 0;
        return new Utf8Strings([.. texts.SelectMany(Encoding.UTF8.GetBytes)], [.. texts.Select(text => end += Encoding.UTF8.GetByteCount(text))]);
    }

    /// <summary>How byte-level vocabularies spell a byte.</summary>
    public static string Spelling(int value)
    {
        static bool Printable(int value) => value is (>= 0x21 and <= 0x7E) or (>= 0xA1 and <= 0xAC) or >= 0xAE;
        return ((char)(Printable(value) ? value : 0x100 + Enumerable.Range(0, value).Count(other => !Printable(other)))).ToString();
    }

    /// <summary>Sets a key below tokenizer.ggml, or another one where the name has a dot.</summary>
    public VocabularyFile Set(string key, object value)
    {
        _pairs[key.Contains('.') ? key : "tokenizer.ggml." + key] = value;
        return this;
    }

    /// <summary>Takes a key away.</summary>
    public VocabularyFile Without(string key)
    {
        _pairs.Remove("tokenizer.ggml." + key);
        return this;
    }

    public override void VerifyUnchanged()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }
}
