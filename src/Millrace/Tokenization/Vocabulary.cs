using System.Globalization;
using System.Text;
using Millrace.Formats;

namespace Millrace.Tokenization;

/// <summary>The vocabulary of a GGUF file: what its tokens are called, of which kind they are, which have a role.</summary>
sealed class Vocabulary
{
    const string TokensKey = "tokenizer.ggml.tokens";
    const string TypesKey = "tokenizer.ggml.token_type";
    const string ScoresKey = "tokenizer.ggml.scores";

    Vocabulary(ModelFile file, Utf8Strings text, TokenAttributes[] attributes)
    {
        File = file.Path;
        Text = text;
        Index = new ByteStringIndex(text);
        Attributes = attributes;
        FileAttributes = [.. attributes];
        if (Index.FirstDuplicate is int id)
        {
            throw new ModelFormatException(File, TokensKey, -1, "tokens that differ", $"token {id} equal to token {Index.Find(text[id])}, \"{Shorten(text.Text(id))}\"");
        }
    }

    /// <summary>The file it comes from.</summary>
    public string File { get; }

    /// <summary>How many tokens there are.</summary>
    public int Count => Text.Count;

    /// <summary>The name of each token, spelled as in the file.</summary>
    public Utf8Strings Text { get; }

    /// <summary>Finds a token by its name.</summary>
    public ByteStringIndex Index { get; }

    /// <summary>The kind of each token.</summary>
    public TokenAttributes[] Attributes { get; }

    /// <summary>The kind of each token before well-known names corrected it.</summary>
    public TokenAttributes[] FileAttributes { get; }

    /// <summary>The tokens with a role.</summary>
    public SpecialTokens Special { get; private set; } = new();

    /// <summary>The tokens that end an answer.</summary>
    public HashSet<int> EndOfGeneration { get; private set; } = [];

    /// <summary>Reads a vocabulary.</summary>
    /// <param name="file">The file.</param>
    /// <param name="defaults">The roles where the file names none.</param>
    /// <exception cref="ModelFormatException">A key is missing or of another type, lengths differ, or two tokens are equal.</exception>
    public static Vocabulary Read(ModelFile file, SpecialTokens defaults)
    {
        Utf8Strings text = NameEmpty(file.Metadata.Strings(TokensKey));
        if (text.Count == 0)
        {
            throw new ModelFormatException(file.Path, TokensKey, -1, "at least one token", "none");
        }

        Vocabulary vocabulary = new(file, text, ReadAttributes(file, text.Count));
        SpecialTokenRules rules = new(file, vocabulary);
        (vocabulary.Special, vocabulary.EndOfGeneration) = rules.Apply(defaults);
        return vocabulary;
    }

    /// <summary>The score of each token.</summary>
    /// <exception cref="ModelFormatException">There are none, too few, or one is not a number.</exception>
    public float[] ReadScores(Metadata metadata)
    {
        float[] scores = metadata[ScoresKey] is int[] whole ? Array.ConvertAll(whole, score => (float)score) : metadata.Floats(ScoresKey) ?? [];
        if (scores.Length < Count)
        {
            throw new ModelFormatException(File, ScoresKey, -1, $"{Count} scores, one a token", scores.Length.ToString(CultureInfo.InvariantCulture));
        }

        int bad = Array.FindIndex(scores, float.IsNaN);
        return bad < 0 ? scores : throw new ModelFormatException(File, ScoresKey, -1, "a number for each token", $"NaN for token {bad}");
    }

    /// <summary>The id of a name, or null.</summary>
    public int? Find(string name)
    {
        int id = Index.Find(Encoding.UTF8.GetBytes(name));
        return id < 0 ? null : id;
    }

    /// <summary>A text for a message.</summary>
    public static string Shorten(string text) => text.Length > 40 ? text[..40] + "…" : text;

    static TokenAttributes[] ReadAttributes(ModelFile file, int count)
    {
        int[]? types = file.Metadata.Ints(TypesKey);
        TokenAttributes[] attributes = new TokenAttributes[count];
        if (types is null)
        {
            Array.Fill(attributes, TokenAttributes.Normal);
            return attributes;
        }

        if (types.Length < count)
        {
            throw new ModelFormatException(file.Path, TypesKey, -1, $"{count} types, one a token", types.Length.ToString(CultureInfo.InvariantCulture));
        }

        for (int i = 0; i < count; i++)
        {
            attributes[i] = types[i] switch
            {
                1 => TokenAttributes.Normal,
                2 => TokenAttributes.Unknown,
                3 => TokenAttributes.Control,
                4 => TokenAttributes.UserDefined,
                5 => TokenAttributes.Unused,
                6 => TokenAttributes.Byte,
                _ => TokenAttributes.None,
            };
        }

        return attributes;
    }

    /// <summary>An empty token is called [EMPTY_id], as in llama.cpp.</summary>
    static Utf8Strings NameEmpty(Utf8Strings text)
    {
        bool any = false;
        int bytes = 0;
        for (int i = 0; i < text.Count; i++)
        {
            any |= text[i].IsEmpty;
            bytes += text[i].Length;
        }

        if (!any)
        {
            return text;
        }

        Utf8StringsBuilder named = new(text.Count, bytes);
        for (int i = 0; i < text.Count; i++)
        {
            named.Add(text[i].IsEmpty ? Encoding.ASCII.GetBytes($"[EMPTY_{i}]") : text[i]);
        }

        return named.Build();
    }
}
