using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Millrace.Tools.StoryModel.Tokenizing;

/// <summary>Learns byte-pair merges (Gage 1994; Sennrich, Haddow and Birch 2016): joins the most frequent pair of neighbours within words, again and again.</summary>
/// <remarks>Words are cut as llama.cpp's "smollm" pre-tokenizer cuts them: GPT-2's expression, and each digit alone. Of equally frequent pairs the one with the lower ids goes first, so that the same texts give the same merges.</remarks>
public sealed partial class BytePairTrainer
{
    readonly Dictionary<string, int> _counts = [];

    /// <summary>Counts the words of a text.</summary>
    public void Add(string text)
    {
        foreach (ValueMatch match in Word().EnumerateMatches(text))
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_counts, text.Substring(match.Index, match.Length), out _)++;
        }
    }

    /// <summary>Learns merges.</summary>
    /// <param name="most">The most merges; fewer where no pair is left that occurs twice.</param>
    /// <returns>The byte strings of each merge, left and right, in order.</returns>
    public List<(byte[] Left, byte[] Right)> Learn(int most)
    {
        List<byte[]> symbols = [.. Enumerable.Range(0, 256).Select(value => new[] { (byte)value })];
        List<(List<int> Symbols, long Count)> words = [.. _counts
            .OrderBy(word => word.Key, StringComparer.Ordinal)
            .Select(word => (Encoding.UTF8.GetBytes(word.Key).Select(value => (int)value).ToList(), (long)word.Value))];
        List<(byte[], byte[])> merges = [];
        Dictionary<(int Left, int Right), long> pairs = [];
        while (merges.Count < most && Best(words, pairs) is { } best)
        {
            merges.Add((symbols[best.Left], symbols[best.Right]));
            foreach ((List<int> word, _) in words)
            {
                Join(word, best, symbols.Count);
            }

            symbols.Add([.. symbols[best.Left], .. symbols[best.Right]]);
        }

        return merges;
    }

    static (int Left, int Right)? Best(List<(List<int> Symbols, long Count)> words, Dictionary<(int Left, int Right), long> pairs)
    {
        pairs.Clear();
        foreach ((List<int> word, long count) in words)
        {
            for (int i = 1; i < word.Count; i++)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(pairs, (word[i - 1], word[i]), out _) += count;
            }
        }

        ((int, int) pair, long times) = pairs.Count == 0 ? default : pairs.MinBy(entry => (-entry.Value, entry.Key));
        return times < 2 ? null : pair;
    }

    static void Join(List<int> word, (int Left, int Right) pair, int joined)
    {
        int kept = 0;
        for (int i = 0; i < word.Count; i++)
        {
            bool both = word[i] == pair.Left && i + 1 < word.Count && word[i + 1] == pair.Right;
            word[kept++] = both ? joined : word[i];
            i += both ? 1 : 0;
        }

        word.RemoveRange(kept, word.Count - kept);
    }

    [GeneratedRegex(@"\p{N}|'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")]
    private static partial Regex Word();
}
