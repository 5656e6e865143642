using System.Globalization;
using System.Text;

namespace Millrace.Tokenization.Templates.Runtime;

/// <summary>
/// Python's upper(), lower(), title() and their like: the full mappings of Unicode's SpecialCasing.txt, where .NET has only
/// those of one character to one.
/// </summary>
static class PythonCase
{
    const string Expansions =
        "ı=I ſ=S \u0345=Ι \u1fd3=Ι\u0308\u0301 \u1fe3=Υ\u0308\u0301 ß=SS ŉ=ʼN ǰ=J\u030c ΐ=Ι\u0308\u0301 ΰ=Υ\u0308\u0301 և=ԵՒ ẖ=H\u0331 ẗ=T\u0308 ẘ=W\u030a ẙ=Y\u030a ẚ=Aʾ ὐ=Υ\u0313 ὒ=Υ\u0313\u0300 "
        + "ὔ=Υ\u0313\u0301 ὖ=Υ\u0313\u0342 ᾲ=ᾺΙ ᾳ=ΑΙ ᾴ=ΆΙ ᾶ=Α\u0342 ᾷ=Α\u0342Ι ᾼ=ΑΙ ῂ=ῊΙ ῃ=ΗΙ ῄ=ΉΙ ῆ=Η\u0342 ῇ=Η\u0342Ι ῌ=ΗΙ "
        + "ῒ=Ι\u0308\u0300 ῖ=Ι\u0342 ῗ=Ι\u0308\u0342 ῢ=Υ\u0308\u0300 ῤ=Ρ\u0313 ῦ=Υ\u0342 ῧ=Υ\u0308\u0342 ῲ=ῺΙ ῳ=ΩΙ ῴ=ΏΙ ῶ=Ω\u0342 "
        + "ῷ=Ω\u0342Ι ῼ=ΩΙ ﬀ=FF ﬁ=FI ﬂ=FL ﬃ=FFI ﬄ=FFL ﬅ=ST ﬆ=ST ﬓ=ՄՆ ﬔ=ՄԵ ﬕ=ՄԻ ﬖ=ՎՆ ﬗ=ՄԽ";

    /// <summary>Unicode's Other_Lowercase: small letters of other categories.</summary>
    static readonly (int First, int Last)[] OtherLower =
    [
        (0xaa, 0xaa), (0xba, 0xba), (0x2b0, 0x2b8), (0x2c0, 0x2c1), (0x2e0, 0x2e4), (0x345, 0x345), (0x37a, 0x37a), (0x1d2c, 0x1d6a),
        (0x1d78, 0x1d78), (0x1d9b, 0x1dbf), (0x2071, 0x2071), (0x207f, 0x207f), (0x2090, 0x209c), (0x2170, 0x217f), (0x24d0, 0x24e9),
        (0x2c7c, 0x2c7d), (0xa69c, 0xa69d), (0xa770, 0xa770), (0xa7f8, 0xa7f9), (0xab5c, 0xab5f), (0x10780, 0x10780), (0x10783, 0x10785),
        (0x10787, 0x107b0), (0x107b2, 0x107ba),
    ];

    static readonly Dictionary<int, string> Upper1 = Expansions.Split(' ').ToDictionary(entry => (int)entry[0], entry => entry[2..]);

    public static string Upper(string text)
    {
        if (IsAscii(text))
        {
            return text.ToUpperInvariant();
        }

        var result = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            result.Append(Upper(rune));
        }

        return result.ToString();
    }

    public static string Lower(string text)
    {
        if (IsAscii(text))
        {
            return text.ToLowerInvariant();
        }

        var result = new StringBuilder(text.Length);
        for (int at = 0; at < text.Length;)
        {
            Rune.DecodeFromUtf16(text.AsSpan(at), out Rune rune, out int units);
            result.Append(rune.Value == 'Σ' ? IsFinalSigma(text, at) ? "ς" : "σ" : Lower(rune));
            at += units;
        }

        return result.ToString();
    }

    /// <summary>The first character in title case, the others in lower case.</summary>
    public static string Capitalize(string text) => text.Length == 0 ? text : Lower(text) is var lower && Rune.TryGetRuneAt(text, 0, out Rune first)
        ? Title(first) + lower[Math.Min(lower.Length, Lower(first).Length)..]
        : lower;

    /// <summary>Each word with a capital: letters after a letter in lower case, others in title case.</summary>
    public static string Title(string text)
    {
        var result = new StringBuilder(text.Length);
        bool inWord = false;
        string lower = Lower(text);
        foreach (Rune rune in text.EnumerateRunes())
        {
            result.Append(inWord ? rune.Value == 'Σ' ? SigmaIn(lower, result.Length) : Lower(rune) : Title(rune));
            inWord = IsCased(rune);
        }

        return result.ToString();
    }

    public static string Swap(string text)
    {
        var result = new StringBuilder(text.Length);
        for (int at = 0; at < text.Length;)
        {
            Rune.DecodeFromUtf16(text.AsSpan(at), out Rune rune, out int units);
            result.Append(rune.Value == 'Σ' ? IsFinalSigma(text, at) ? "ς" : "σ"
                : IsUpper(rune) ? Lower(rune) : IsLower(rune) ? Upper(rune) : rune.ToString());
            at += units;
        }

        return result.ToString();
    }

    /// <summary>For comparing without regard to case: the small letters of the capitals, but Cherokee, which folds to capitals.</summary>
    public static string Fold(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (rune.Value == 'ı')
            {
                result.Append('ı');
                continue;
            }

            string upper = Upper(rune);
            bool cherokee = upper[0] is >= '\u13a0' and <= '\u13fd';
            foreach (Rune capital in upper.EnumerateRunes())
            {
                result.Append(cherokee ? capital.ToString() : capital.Value == 'ẞ' ? "ss" : Lower(capital));
            }
        }

        return result.ToString();
    }

    /// <summary>Whether there is a cased character, and every cased character is upper (or lower) case.</summary>
    public static bool Is(string text, bool upper)
    {
        bool any = false;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (upper ? IsLower(rune) || IsTitle(rune) : IsUpper(rune) || IsTitle(rune))
            {
                return false;
            }

            any |= upper ? IsUpper(rune) : IsLower(rune);
        }

        return any;
    }

    public static bool IsTitle(string text)
    {
        bool any = false, inWord = false;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool capital = IsUpper(rune) || IsTitle(rune);
            bool small = !capital && IsLower(rune);
            if ((capital && inWord) || (small && !inWord))
            {
                return false;
            }

            inWord = capital || small;
            any |= inWord;
        }

        return any;
    }

    static bool IsUpper(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.UppercaseLetter
        || rune.Value is (>= 0x2160 and <= 0x216f) or (>= 0x24b6 and <= 0x24cf) or (>= 0x1f130 and <= 0x1f149) or (>= 0x1f150 and <= 0x1f169) or (>= 0x1f170 and <= 0x1f189);

    static bool IsLower(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.LowercaseLetter
        || (rune.Value >= 0xaa && Array.Exists(OtherLower, range => rune.Value >= range.First && rune.Value <= range.Last));

    static bool IsTitle(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.TitlecaseLetter;

    static bool IsCased(Rune rune) => IsUpper(rune) || IsLower(rune) || IsTitle(rune);

    static string Upper(Rune rune)
    {
        if (Upper1.TryGetValue(rune.Value, out string? expansion))
        {
            return expansion;
        }

        if (rune.Value is >= 0x1f80 and <= 0x1faf)
        {
            int capital = (rune.Value & ~0xf) switch { 0x1f80 => 0x1f08, 0x1f90 => 0x1f28, _ => 0x1f68 };
            return $"{(char)(capital + (rune.Value & 7))}Ι";
        }

        return Rune.ToUpperInvariant(rune).ToString();
    }

    static string Lower(Rune rune) => rune.Value == 'İ' ? "i\u0307" : Rune.ToLowerInvariant(rune).ToString();

    static string Title(Rune rune)
    {
        Rune simple = Rune.ToUpperInvariant(rune);
        return rune.Value switch
        {
            >= 0x10d0 and <= 0x10ff => rune.ToString(),
            >= 0x1c4 and <= 0x1cc => ((char)(0x1c5 + (rune.Value - 0x1c4) / 3 * 3)).ToString(),
            >= 0x1f1 and <= 0x1f3 => "\u01f2",
            0x149 => "ʼN",
            _ when simple == rune && Upper1.TryGetValue(rune.Value, out string? expansion) && rune.Value is < 0x1f00 or > 0x1fff =>
                expansion![0] + expansion[1..].ToLowerInvariant(),
            _ when simple == rune => IsTitle(rune) ? rune.ToString() : Upper(rune),
            _ => simple.ToString(),
        };
    }

    static string SigmaIn(string lower, int at) => at < lower.Length && lower[at] == 'ς' ? "ς" : "σ";

    /// <summary>A capital sigma is a final one where a cased letter precedes it and none follows, both past what casing ignores.</summary>
    static bool IsFinalSigma(string text, int at)
    {
        int before = at - 1;
        while (before >= 0 && IsIgnorable(text[before]))
        {
            before--;
        }

        int after = at + 1;
        while (after < text.Length && IsIgnorable(text[after]))
        {
            after++;
        }

        return before >= 0 && char.IsLetter(text[before]) && !(after < text.Length && char.IsLetter(text[after]));
    }

    static bool IsIgnorable(char c) => c is '\'' or '.' or ':' or '^' or '`' or '\u00ad' or '\u00b7' or '’'
        || char.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.Format or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol;

    static bool IsAscii(string text) => Ascii.IsValid(text);
}
