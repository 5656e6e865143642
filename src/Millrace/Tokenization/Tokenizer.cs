using System.Text;
using Millrace.Formats;
using Millrace.Formats.Gguf;
using Millrace.Tokenization.HuggingFace;
using Millrace.Tokenization.Templates;

namespace Millrace.Tokenization;

/// <summary>Text to token ids and back. Immutable once made: one tokenizer serves any number of threads.</summary>
public abstract class Tokenizer
{
    /// <summary>Opens the tokenizer of a GGUF file or of a Hugging Face folder, which may hold nothing else.</summary>
    /// <exception cref="ModelFormatException">The file is malformed or its tokenizer unknown here.</exception>
    public static Tokenizer Open(string path)
    {
        if (Directory.Exists(path))
        {
            return HuggingFaceTokenizer.Load(path);
        }

        using GgufFile file = GgufFile.Open(path);
        return FromModel(file);
    }

    /// <summary>Makes the tokenizer of a model that is open already; it does not need the file afterwards.</summary>
    /// <exception cref="ModelFormatException">The vocabulary is malformed or its kind unknown here.</exception>
    public static Tokenizer FromModel(ModelFile file)
    {
        if (Directory.Exists(file.Path))
        {
            return HuggingFaceTokenizer.Load(file.Path);
        }

        const string Key = "tokenizer.ggml.model";
        return file.Metadata.String(Key) switch
        {
            "gpt2" => new BytePairTokenizer(file),
            "llama" => new SentencePieceTokenizer(file),
            "bert" => new WordPieceTokenizer(file),
            "t5" => new UnigramTokenizer(file),
            string other => throw new ModelFormatException(file.Path, Key, -1, "gpt2, llama, bert or t5", $"\"{Vocabulary.Shorten(other)}\""),
        };
    }

    /// <summary>How many ids there are: they run from 0.</summary>
    public abstract int VocabularySize { get; }

    /// <summary>The tokens with a role, and which of them <see cref="Encode(ReadOnlySpan{byte}, List{int}, bool, bool)"/> adds.</summary>
    public abstract SpecialTokens Special { get; }

    /// <summary>The ids that end an answer: end of sequence, of turn, of message, and their like; a few.</summary>
    public abstract IReadOnlySet<int> EndOfGeneration { get; }

    /// <summary>Whether an id ends an answer.</summary>
    public bool IsEndOfGeneration(int id) => EndOfGeneration.Contains(id);

    /// <summary>Whether an id is a control token or the unknown token: it has a name, but stands for no text.</summary>
    public abstract bool IsSpecial(int id);

    /// <summary>The bytes an id decodes to, as part of a longer text; nothing for a special token. They need not be whole characters: see <see cref="Detokenizer"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is outside the vocabulary.</exception>
    public ReadOnlySpan<byte> TokenBytes(int id) => IsSpecial(id) ? [] : Piece(id);

    /// <summary>The bytes an id decodes to; the name, such as <c>&lt;|im_end|&gt;</c>, for a special token.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is outside the vocabulary.</exception>
    public abstract ReadOnlySpan<byte> Piece(int id);

    /// <summary>The bytes an id decodes to where it begins a text: for some tokenizers without the space that a word within a text begins with.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is outside the vocabulary.</exception>
    public virtual ReadOnlySpan<byte> FirstPiece(int id) => Piece(id);

    /// <summary>Appends the ids of a text.</summary>
    /// <param name="utf8">The text. Bytes that are not UTF-8 are taken as U+FFFD, as each tokenizer's definition demands.</param>
    /// <param name="ids">Receives the ids.</param>
    /// <param name="addSpecial">Add the tokens that <see cref="Special"/> says the model wants at the ends.</param>
    /// <param name="parseSpecial">Take the names of special tokens in the text as these tokens; otherwise they are text like any other. For text of the program's own (templates), never for a user's.</param>
    public abstract void Encode(ReadOnlySpan<byte> utf8, List<int> ids, bool addSpecial, bool parseSpecial);

    /// <summary>The ids of a text; lone surrogates in it are taken as U+FFFD.</summary>
    public List<int> Encode(string text, bool addSpecial = true, bool parseSpecial = false)
    {
        List<int> ids = new(text.Length / 3 + 2);
        Encode(Encoding.UTF8.GetBytes(text), ids, addSpecial, parseSpecial);
        return ids;
    }

    /// <summary>The ids of a rendered conversation. Control tokens are recognized only where the template itself wrote them: the text of a message cannot forge one. Begins with the beginning-of-sequence token where the model wants one, whether the template writes it or not; nothing is added at the end.</summary>
    public List<int> Encode(RenderedPrompt prompt)
    {
        byte[] utf8 = new byte[Encoding.UTF8.GetMaxByteCount(prompt.Text.Length)];
        int[] trustedUntil = new int[utf8.Length];
        int length = 0;
        foreach (TextSpan span in prompt.Spans)
        {
            int end = length + Encoding.UTF8.GetBytes(prompt.Text.AsSpan(span.Start, span.Length), utf8.AsSpan(length));
            trustedUntil.AsSpan(length..end).Fill(span.FromTemplate ? end : 0);
            length = end;
        }

        List<int> ids = new(length / 3 + 2);
        EncodeTrusted(utf8.AsSpan(0, length), trustedUntil.AsSpan(0, length), ids);
        if (Special is { AddBos: true, Bos: { } bos } && (ids.Count == 0 || ids[0] != bos))
        {
            ids.Insert(0, bos);
        }

        return ids;
    }

    /// <summary>Appends the ids of a text, of whose control tokens only those count that lie within a trusted stretch; none are added.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="trustedUntil">[text length] the end of the trusted stretch that a byte lies in, or 0 where it lies in none.</param>
    /// <param name="ids">Receives the ids.</param>
    private protected abstract void EncodeTrusted(ReadOnlySpan<byte> utf8, ReadOnlySpan<int> trustedUntil, List<int> ids);

    /// <summary>The text of ids; bytes that are not UTF-8 become U+FFFD.</summary>
    /// <param name="ids">Ids within the vocabulary.</param>
    /// <param name="special">Whether special tokens appear by their names.</param>
    public string Decode(IEnumerable<int> ids, bool special = false)
    {
        Detokenizer detokenizer = new(this, special);
        StringBuilder text = new();
        foreach (int id in ids)
        {
            detokenizer.Append(id, text);
        }

        detokenizer.Flush(text);
        return text.ToString();
    }
}
