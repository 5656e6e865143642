using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Millrace.Cli.Synthesis;
using Millrace.Formats;
using Millrace.Formats.Gguf;

namespace Millrace.Tests;

/// <summary>A model that is built, not trained, for tests that must know every token: one transformer layer that tells one story. It has no chat template; "Once" is 262, " upon" 266, " a" 267, " time" 271, an ASCII byte its own id, the end 603.</summary>
/// <remarks>
/// The residual stream is two one-hot vectors of words: the current one (the embedding) and the one before it. The one
/// attention head finds the token before: its query and key are constant, so that the score depends on the distance
/// alone, by the rotation, and the query is turned back by one position, so that the score is highest at distance 1.
/// The value is the word there. The head knows which word follows each word, and which follows each word but one: the
/// story is written so that both together leave one word. The feed-forward block adds nothing.
/// </remarks>
static partial class KnownStory
{
    static readonly Lazy<string> Written = new(() =>
    {
        string path = System.IO.Path.Combine(AppContext.BaseDirectory, "known-story.gguf");
        string partial = $"{path}.{Environment.ProcessId}";
        Write(partial);
        File.Move(partial, path, overwrite: true);
        return path;
    });

    const string Text =
        "Once upon a time there was a small mill beside a quiet river. Every morning the miller opened the gate, and the water "
        + "ran down the long race and turned the old wheel. It moved one stone, which ground wheat, so everybody in the village "
        + "had bread. But one summer the race was dry. She took a lamp and walked along its bank until night. There she met a "
        + "young beaver who had built a dam of branches and mud. Nobody shouted. They sat down, shared some warm bread, then "
        + "talked. He laughed and agreed to open half of it, for he liked her kind voice. From that day the wheel never stopped. "
        + "Both lived as good neighbours for many years.";

    const int Codes = 128; // one for each word, and one for all other tokens
    const int Width = 2 * Codes;
    const int Ffn = 32;
    const int Context = 2048;
    const float RopeBase = 10000;
    const int Other = 0;

    // Logits: what follows both words, the current word alone, the word before alone; everything else has 0.
    const float FollowsBoth = 17;
    const float FollowsCurrent = 13.5f;

    // √Σ over the width of a norm's output: a one-hot becomes this, two one-hots become it over √2.
    static readonly float Normed = MathF.Sqrt(Width);

    // Makes scores of neighbouring distances differ by 37: softmax then takes one position.
    const float Attention = 16;

    /// <summary>The file of the model.</summary>
    public static string Path => Written.Value;

    /// <summary>Writes the file.</summary>
    public static void Write(string path)
    {
        string[] words = [.. Word().Matches(Text).Select(match => match.Value)];
        words[0] = " " + words[0];
        Dictionary<string, int> codes = words.Distinct().Select((word, index) => (word, index)).ToDictionary(pair => pair.word, pair => pair.index + 1);
        SyntheticVocabulary vocabulary = SyntheticVocabulary.OfWords(words.SelectMany(Spellings).Where(word => word.Length > 1));

        GgufWriter writer = new();
        AddKeys(writer, vocabulary);
        AddMatrix(writer, "token_embd", Width, vocabulary.Size, Embedding(vocabulary, codes));
        AddVector(writer, "output_norm.weight", Width);
        AddMatrix(writer, "output", Width, vocabulary.Size, Head(vocabulary, words, codes));
        AddVector(writer, "blk.0.attn_norm.weight", Width);
        AddMatrix(writer, "blk.0.attn_q", Width, Codes, Direction(-1));
        AddMatrix(writer, "blk.0.attn_k", Width, Codes, Direction(0));
        AddMatrix(writer, "blk.0.attn_v", Width, Codes, Cells(Width, Codes, (row, column) => row == column ? 1 / Normed : 0));
        AddMatrix(writer, "blk.0.attn_output", Codes, Width, Cells(Codes, Width, (row, column) => row - Codes == column ? 1 : 0));
        AddVector(writer, "blk.0.ffn_norm.weight", Width);
        AddMatrix(writer, "blk.0.ffn_gate", Width, Ffn, new float[Width * Ffn]);
        AddMatrix(writer, "blk.0.ffn_up", Width, Ffn, new float[Width * Ffn]);
        AddMatrix(writer, "blk.0.ffn_down", Ffn, Width, new float[Width * Ffn]);
        writer.Write(path);
    }

    // A capital may begin the text, with no space before it.
    static string[] Spellings(string word) => word.Length > 1 && char.IsUpper(word[1]) ? [word, word[1..]] : [word];

    static void AddKeys(GgufWriter writer, SyntheticVocabulary vocabulary)
    {
        writer.Add("general.architecture", "llama");
        writer.Add("general.name", "Known story");
        foreach ((string key, int value) in new[]
        {
            ("block_count", 1), ("context_length", Context), ("embedding_length", Width), ("feed_forward_length", Ffn),
            ("attention.head_count", 1), ("attention.head_count_kv", 1), ("attention.key_length", Codes), ("attention.value_length", Codes),
            ("rope.dimension_count", Codes), ("vocab_size", vocabulary.Size),
        })
        {
            writer.Add("llama." + key, (uint)value);
        }

        writer.Add("llama.rope.freq_base", RopeBase);
        writer.Add("llama.attention.layer_norm_rms_epsilon", 1e-5f);
        vocabulary.AddTo(writer);
    }

    // [vocabulary, width]: the code of each word, in the first half.
    static float[] Embedding(SyntheticVocabulary vocabulary, Dictionary<string, int> codes)
    {
        float[] cells = new float[vocabulary.Size * Width];
        for (int token = 0; token < vocabulary.Size; token++)
        {
            cells[token * Width] = 1; // column Other
        }

        foreach ((string word, int code) in codes)
        {
            foreach (string spelling in Spellings(word))
            {
                int token = vocabulary.Id(spelling);
                cells[(token * Width) + Other] = 0;
                cells[(token * Width) + code] = 1;
            }
        }

        return cells;
    }

    // [vocabulary, width]: what each word follows; the last is followed by the end, any other token by the first.
    static float[] Head(SyntheticVocabulary vocabulary, string[] words, Dictionary<string, int> codes)
    {
        float[] cells = new float[vocabulary.Size * Width];
        float unit = MathF.Sqrt(2) / Normed;
        for (int i = 0; i < words.Length; i++)
        {
            int row = (i + 1 < words.Length ? vocabulary.Id(words[i + 1]) : vocabulary.End) * Width;
            cells[row + codes[words[i]]] = FollowsCurrent * unit;
            if (i > 0)
            {
                cells[row + Codes + codes[words[i - 1]]] = (FollowsBoth - FollowsCurrent) * unit;
            }
        }

        cells[(vocabulary.Id(words[0]) * Width) + Other] = FollowsBoth * unit;
        return cells;
    }

    // [codes, width]: a constant for any word, of the same length in each pair of the rotation and turned by so many positions.
    static float[] Direction(int positions) => Cells(Width, Codes, (row, column) =>
    {
        double angle = positions * Math.Pow(RopeBase, -2.0 * (row / 2) / Codes);
        return column < Codes ? Attention / Normed * (float)(row % 2 == 0 ? Math.Cos(angle) : Math.Sin(angle)) : 0;
    });

    static float[] Cells(int columns, int rows, Func<int, int, float> value)
    {
        float[] cells = new float[columns * rows];
        for (int i = 0; i < cells.Length; i++)
        {
            cells[i] = value(i / columns, i % columns);
        }

        return cells;
    }

    static void AddVector(GgufWriter writer, string name, int length) =>
        writer.Add(name, WeightType.F32, [length], destination => destination.Write(MemoryMarshal.AsBytes<float>(Cells(length, 1, (_, _) => 1))));

    static void AddMatrix(GgufWriter writer, string name, int columns, int rows, float[] cells) =>
        writer.Add(name + ".weight", WeightType.F16, [columns, rows], destination => destination.Write(MemoryMarshal.AsBytes<Half>([.. cells.Select(cell => (Half)cell)])));

    [GeneratedRegex(" ?[A-Za-z]+|[.,]")]
    private static partial Regex Word();
}
