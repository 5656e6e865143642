using System.Text;

namespace Millrace.Tests.Tokenization.HuggingFace;

/// <summary>Makes tables of replacements as SentencePiece stores them: a double-array trie, here with a block of 256 units for each state, and the replacements.</summary>
static class CharactersMap
{
    public static string Make(params (string Found, string Instead)[] entries)
    {
        List<byte> replacements = [];
        Dictionary<string, int> states = new() { [""] = 0 }; // Latin-1 of the bytes read so far → state
        Dictionary<string, int> values = [];
        foreach ((string found, string instead) in entries)
        {
            string key = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(found));
            for (int length = 1; length <= key.Length; length++)
            {
                states.TryAdd(key[..length], states.Count);
            }

            values[key] = replacements.Count;
            replacements.AddRange([.. Encoding.UTF8.GetBytes(instead), 0]);
        }

        uint[] units = new uint[256 * (states.Count + 1)];
        foreach ((string key, int state) in states)
        {
            uint block = 256 * (uint)(state + 1);
            uint place = key.Length == 0 ? 0 : 256 * (uint)(states[key[..^1]] + 1) ^ (uint)key[^1];
            bool leaf = values.TryGetValue(key, out int value);
            units[place] = (key.Length == 0 ? 0u : key[^1]) | (leaf ? 1u << 8 : 0) | (place ^ block) << 10;
            if (leaf)
            {
                units[block] = 1u << 31 | (uint)value;
            }
        }

        byte[] table = new byte[4 + 4 * units.Length];
        BitConverter.GetBytes(4 * units.Length).CopyTo(table, 0);
        Buffer.BlockCopy(units, 0, table, 4, 4 * units.Length);
        return Convert.ToBase64String([.. table, .. replacements]);
    }
}
