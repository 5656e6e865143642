using System.Buffers.Binary;
using System.Text;

namespace Millrace.Tests.Formats.Hostile;

/// <summary>Changes files where it hurts: numbers to the edges of their ranges, tokens of JSON to others, and bytes at random.</summary>
sealed class Mutator(int seed)
{
    static readonly ulong[] Edges =
    [
        0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 12, 13, 14, 16, 31, 32, 33, 63, 64, 65, 127, 128, 255, 256, 257, 65535, 65536, 1 << 24, 64 << 20,
        int.MaxValue, 1UL << 31, uint.MaxValue, 1UL << 32, 1UL << 59, 1UL << 60, long.MaxValue, 1UL << 63, ulong.MaxValue - 31, ulong.MaxValue,
    ];

    static readonly string[] Tokens =
    [
        "0", "1", "-1", "2", "3", "7", "8", "128", "1.5", "-0.0", "1e999", "1e-999", "2147483647", "2147483648", "4294967296", "9223372036854775807", "18446744073709551615",
        "null", "true", "false", "\"\"", "\"\\ud800\"", "\"default\"", "\"linear\"", "\"yarn\"", "\"llama3\"", "\"longrope\"", "\"llama\"", "\"gemma3_text\"", "\"gpt_oss\"", "\"F8_E4M3\"", "\"U8\"", "\"BF16\"", "\"F64\"",
        "[]", "{}", "[", "]", "{", "}", ",", ":", "[1]", "[1,2]", "{\"a\":1}",
    ];

    readonly Random _random = new(seed);

    /// <summary>A random number below a bound.</summary>
    public int Next(int bound) => _random.Next(bound);

    /// <summary>Changes a file in place or in length.</summary>
    /// <param name="file">The file.</param>
    /// <param name="numbers">Where its numbers stand.</param>
    public byte[] Binary(byte[] file, IReadOnlyList<(int Offset, int Size)> numbers)
    {
        byte[] changed = [.. file];
        for (int i = Next(3); i >= 0; i--)
        {
            (int offset, int size) = numbers[Next(numbers.Count)];
            if (Next(4) > 0 && offset + size <= changed.Length)
            {
                WriteEdge(changed.AsSpan(offset, size));
            }
            else
            {
                changed = Bytes(changed);
            }
        }

        return changed;
    }

    /// <summary>Changes JSON token by token, and now and then byte by byte.</summary>
    public byte[] Json(string json)
    {
        List<string> tokens = Split(json);
        for (int i = Next(3); i >= 0; i--)
        {
            int at = Next(tokens.Count);
            switch (Next(5))
            {
                case 0: tokens.RemoveAt(at); break;
                case 1: tokens.Insert(at, tokens[Next(tokens.Count)]); break;
                case 2: tokens[at] = tokens[Next(tokens.Count)]; break;
                default: tokens[at] = Tokens[Next(Tokens.Length)]; break;
            }

            if (tokens.Count == 0)
            {
                tokens.Add("{}");
            }
        }

        byte[] changed = Encoding.UTF8.GetBytes(string.Concat(tokens));
        return Next(10) == 0 ? Bytes(changed) : changed;
    }

    /// <summary>Flips, cuts, doubles or removes bytes.</summary>
    public byte[] Bytes(byte[] file)
    {
        if (file.Length < 2)
        {
            return [(byte)Next(256)];
        }

        int from = Next(file.Length);
        int to = Math.Min(file.Length, from + 1 + Next(16));
        switch (Next(4))
        {
            case 0:
                byte[] flipped = [.. file];
                flipped[from] ^= (byte)(1 << Next(8));
                return flipped;
            case 1:
                return file[..from];
            case 2:
                return [.. file[..to], .. file[from..]];
            default:
                return [.. file[..from], .. file[to..]];
        }
    }

    void WriteEdge(Span<byte> number)
    {
        Span<byte> wide = stackalloc byte[8];
        ulong old = 0;
        foreach (byte part in number)
        {
            old = old << 8 | part;
        }

        BinaryPrimitives.WriteUInt64LittleEndian(wide, Next(8) == 0 ? BinaryPrimitives.ReverseEndianness(old) >> (64 - 8 * number.Length) : Edges[Next(Edges.Length)]);
        wide[..number.Length].CopyTo(number);
    }

    static List<string> Split(string json)
    {
        List<string> tokens = [];
        for (int i = 0; i < json.Length;)
        {
            int start = i++;
            if (json[start] == '"')
            {
                i = json.IndexOf('"', i) + 1;
            }
            else if (!"{}[],:".Contains(json[start], StringComparison.Ordinal))
            {
                while (i < json.Length && !"{}[],:\"".Contains(json[i], StringComparison.Ordinal))
                {
                    i++;
                }
            }

            tokens.Add(json[start..i]);
        }

        return tokens;
    }
}
