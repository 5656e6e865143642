using System.IO.Compression;
using System.Text;

namespace Millrace.Tokenization.Text;

/// <summary>What the runtime does not know of Unicode without ICU: the embedded file that Data/make_unicode_tables.py describes.</summary>
sealed class UnicodeTables
{
    static readonly Lazy<UnicodeTables> Loaded = new(() => new UnicodeTables());

    UnicodeTables()
    {
        using Stream stream = typeof(UnicodeTables).Assembly.GetManifestResourceStream("unicode-tables.bin")!;
        using DeflateStream inflated = new(stream, CompressionMode.Decompress);
        using MemoryStream data = new();
        inflated.CopyTo(data);
        data.Position = 0;
        int code = 0;
        for (int i = Read(data); i > 0; i--)
        {
            code += Read(data);
            Classes[code] = (byte)Read(data);
        }

        code = 0;
        for (int i = Read(data); i > 0; i--)
        {
            code += Read(data);
            int kind = Read(data);
            int[] parts = new int[Read(data)];
            for (int part = 0; part < parts.Length; part++)
            {
                parts[part] = Read(data);
            }

            Decompositions.Add((code, kind, parts));
        }

        Assigned8 = ReadSet(data);
        Assigned9 = ReadSet(data);
        for (int i = Read(data); i > 0; i--)
        {
            byte[] name = new byte[Read(data)];
            data.ReadExactly(name);
            string plain = Encoding.ASCII.GetString(name).Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();
            Scripts[plain] = ReadSet(data);
        }
    }

    public static UnicodeTables Instance => Loaded.Value;

    /// <summary>The combining classes that are not 0, of Unicode 9.0.</summary>
    public Dictionary<int, byte> Classes { get; } = [];

    /// <summary>The decompositions of Unicode 9.0; Kind is 0 for a compatible one, 1 for a canonical one, 2 for one that is composed again.</summary>
    public List<(int Code, int Kind, int[] Parts)> Decompositions { get; } = [];

    /// <summary>The characters that Unicode 8.0 had.</summary>
    public CodePointSet Assigned8 { get; }

    /// <summary>The characters that Unicode 9.0 had.</summary>
    public CodePointSet Assigned9 { get; }

    /// <summary>The scripts of Unicode 16.0 by their names, in lower case and without underscores.</summary>
    public Dictionary<string, CodePointSet> Scripts { get; } = [];

    static CodePointSet ReadSet(Stream data)
    {
        int[] flips = new int[Read(data)];
        int code = 0;
        for (int i = 0; i < flips.Length; i++)
        {
            code += Read(data);
            flips[i] = code;
        }

        return CodePointSet.FromFlips(flips);
    }

    static int Read(Stream data)
    {
        int value = 0;
        for (int shift = 0; ; shift += 7)
        {
            int b = data.ReadByte();
            value |= (b & 0x7F) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }
    }
}
