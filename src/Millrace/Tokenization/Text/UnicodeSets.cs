using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace Millrace.Tokenization.Text;

/// <summary>The named sets of regular expressions: general categories, scripts, and the classes Oniguruma builds on them. Categories are those of the runtime's <see cref="CharUnicodeInfo"/>.</summary>
static class UnicodeSets
{
    static readonly string[] ShortNames = ["Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Cn"];

    static readonly Dictionary<string, string> LongNames = new()
    {
        ["letter"] = "l", ["mark"] = "m", ["number"] = "n", ["punctuation"] = "p", ["punct"] = "p", ["symbol"] = "s", ["separator"] = "z", ["other"] = "c",
        ["uppercaseletter"] = "lu", ["lowercaseletter"] = "ll", ["titlecaseletter"] = "lt", ["modifierletter"] = "lm", ["otherletter"] = "lo",
        ["nonspacingmark"] = "mn", ["spacingmark"] = "mc", ["enclosingmark"] = "me", ["decimalnumber"] = "nd", ["letternumber"] = "nl", ["othernumber"] = "no",
        ["connectorpunctuation"] = "pc", ["dashpunctuation"] = "pd", ["openpunctuation"] = "ps", ["closepunctuation"] = "pe", ["initialpunctuation"] = "pi",
        ["finalpunctuation"] = "pf", ["otherpunctuation"] = "po", ["mathsymbol"] = "sm", ["currencysymbol"] = "sc", ["modifiersymbol"] = "sk", ["othersymbol"] = "so",
        ["spaceseparator"] = "zs", ["lineseparator"] = "zl", ["paragraphseparator"] = "zp", ["control"] = "cc", ["format"] = "cf", ["surrogate"] = "cs",
        ["privateuse"] = "co", ["unassigned"] = "cn",
    };

    static readonly ConcurrentDictionary<string, CodePointSet?> Cache = new();
    static readonly Lazy<CodePointSet[]> Categories = new(MakeCategories);
    static readonly Lazy<Dictionary<int, int[]>> FoldGroups = new(MakeFoldGroups);
    static readonly Lazy<CodePointSet> WordCharacters = new(() => Named("word")! | CodePointSet.Of([0xB2, 0xB3, 0xB9, 0xBC, 0xBD, 0xBE]));

    /// <summary>The circled and squared letters: symbols, but Alphabetic.</summary>
    static readonly CodePointSet AlphabeticSymbols = CodePointSet.Range(0x24B6, 0x24E9) | CodePointSet.Range(0x1F130, 0x1F149) | CodePointSet.Range(0x1F150, 0x1F169) | CodePointSet.Range(0x1F170, 0x1F189);

    /// <summary>Unicode's White_Space property.</summary>
    public static CodePointSet Space { get; } = CodePointSet.Of([9, 10, 11, 12, 13, 0x20, 0x85, 0xA0, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000]);

    public static CodePointSet Digit => Named("nd")!;

    /// <summary>What <c>\w</c> and <c>\b</c> take for part of a word: in Oniguruma six more characters below U+0100 than the class [[:word:]] holds.</summary>
    public static CodePointSet WordCharacter => WordCharacters.Value;

    public static CodePointSet HexDigit { get; } = CodePointSet.Range('0', '9') | CodePointSet.Range('A', 'F') | CodePointSet.Range('a', 'f');

    /// <summary>The set of a property's name, or null. Case, spaces, underscores and hyphens do not count.</summary>
    public static CodePointSet? Named(string name)
    {
        string plain = string.Concat(name.Where(c => c is not (' ' or '_' or '-'))).ToLowerInvariant();
        return plain.Length > 40 ? null : Cache.GetOrAdd(plain, Make);
    }

    /// <summary>The set with everything that equals one of its members but for case (simple folding).</summary>
    public static CodePointSet FoldCase(CodePointSet set)
    {
        List<int> more = [];
        foreach (int[] group in FoldGroups.Value.Values)
        {
            foreach (int member in group)
            {
                if (set.Contains(member))
                {
                    more.AddRange(group);
                    break;
                }
            }
        }

        return set | CodePointSet.Of([.. more]);
    }

    static CodePointSet? Make(string name)
    {
        CodePointSet? special = name switch
        {
            "any" => CodePointSet.All,
            "ascii" => CodePointSet.Range(0, 0x7F),
            "space" or "whitespace" => Space,
            "digit" => Named("nd"),
            "xdigit" => HexDigit,
            "blank" => Named("zs")! | CodePointSet.Range(9, 9),
            "cntrl" => Named("cc"),
            "word" => Named("l")! | Named("m")! | Named("nd")! | Named("nl")! | Named("pc")! | AlphabeticSymbols,
            "assigned" => ~Named("cn")!,
            "age=15.1" => UnicodeAge.Unicode15,
            _ => null,
        };
        if (special is not null)
        {
            return special;
        }

        string code = LongNames.GetValueOrDefault(name, name);
        CodePointSet? set = null;
        for (int i = 0; i < ShortNames.Length; i++)
        {
            if (code.Length is 1 or 2 && ShortNames[i].StartsWith(code, StringComparison.OrdinalIgnoreCase))
            {
                set = set is null ? Categories.Value[i] : set | Categories.Value[i];
            }
        }

        return set ?? UnicodeTables.Instance.Scripts.GetValueOrDefault(name);
    }

    static CodePointSet[] MakeCategories()
    {
        List<int>[] flips = new List<int>[ShortNames.Length];
        for (int i = 0; i < flips.Length; i++)
        {
            flips[i] = [];
        }

        int start = 0;
        UnicodeCategory current = CharUnicodeInfo.GetUnicodeCategory(0);
        for (int c = 1; c <= CodePointSet.End; c++)
        {
            if (c == CodePointSet.End || CharUnicodeInfo.GetUnicodeCategory(c) != current)
            {
                flips[(int)current].Add(start);
                flips[(int)current].Add(c);
                start = c;
                current = c < CodePointSet.End ? CharUnicodeInfo.GetUnicodeCategory(c) : default;
            }
        }

        return Array.ConvertAll(flips, list => CodePointSet.FromFlips([.. list]));
    }

    /// <summary>Two characters are equal but for case where the lower case of their upper cases is: the Kelvin sign is a k, and ſ, for which the runtime has no upper case, an s.</summary>
    static Dictionary<int, int[]> MakeFoldGroups() => Enumerable.Range(0, 0x20000)
        .Where(Rune.IsValid)
        .GroupBy(c => c == 0x17F ? 's' : Rune.ToLowerInvariant(Rune.ToUpperInvariant(new Rune(c))).Value)
        .Where(group => group.Skip(1).Any())
        .ToDictionary(group => group.Key, group => group.ToArray());
}
