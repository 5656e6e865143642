using System.Text;

namespace Millrace.Tests.Tokenization;

/// <summary>Makes SentencePiece's tables of replacements: a double-array trie, each node's children at the first offset where they all find room.</summary>
static class ReplacementTableBuilder
{
    const int Size = 4096;

    /// <summary>The table of some replacements.</summary>
    public static byte[] Build(params (string From, string To)[] replacements)
    {
        uint[] units = new uint[Size];
        bool[] taken = new bool[Size];
        taken[0] = true;
        MemoryStream texts = new();
        List<(byte[] From, uint To)> entries = [];
        foreach ((string from, string to) in replacements)
        {
            entries.Add((Encoding.UTF8.GetBytes(from), (uint)texts.Length));
            texts.Write([.. Encoding.UTF8.GetBytes(to), 0]);
        }

        Place(units, taken, 0, entries, 0);
        MemoryStream table = new();
        table.Write(BitConverter.GetBytes(Size * 4));
        foreach (uint unit in units)
        {
            table.Write(BitConverter.GetBytes(unit));
        }

        table.Write(texts.ToArray());
        return table.ToArray();
    }

    static void Place(uint[] units, bool[] taken, int node, List<(byte[] From, uint To)> entries, int depth)
    {
        int[] labels = [.. entries.Select(entry => entry.From.Length == depth ? 0 : entry.From[depth]).Distinct()];
        int offset = Enumerable.Range(1, Size - 257).First(offset => labels.All(label => !taken[offset ^ label]));
        units[node] |= (uint)(node ^ offset) << 10;
        foreach (int label in labels)
        {
            taken[offset ^ label] = true;
        }

        foreach (int label in labels)
        {
            int child = offset ^ label;
            List<(byte[] From, uint To)> below = [.. entries.Where(entry => (entry.From.Length == depth ? 0 : entry.From[depth]) == label)];
            if (label == 0)
            {
                units[node] |= 1 << 8;
                units[child] = below[0].To | 0x8000_0000;
            }
            else
            {
                units[child] |= (uint)label;
                Place(units, taken, child, below, depth + 1);
            }
        }
    }
}
