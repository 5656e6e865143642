using System.Buffers;
using System.Globalization;
using System.Text;
using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Runtime;

/// <summary>What kind of characters a string holds, as str.isalpha() and its like see it.</summary>
static class CharacterTests
{
    /// <summary>The Han characters that Unicode's database of them gives a numeric value.</summary>
    static readonly SearchValues<char> Han = SearchValues.Create(
        "㐅㒃㠪㭍一七万三九二五亖亿什仟仨伍佰億兆兩八六十千卄卅卌叁参參叄四壱壹幺廾廿弌弍弎弐拾捌柒漆玖百肆萬貮貳贰阡陆陌陸零\uf96b\uf973\uf978\uf9b2\uf9d1\uf9d3\uf9fd");

    /// <summary>Whether there are characters and all pass.</summary>
    public static BoolValue All(Str self, Func<Rune, bool> test)
    {
        foreach (Rune rune in self.Text.EnumerateRunes())
        {
            if (!test(rune))
            {
                return BoolValue.False;
            }
        }

        return BoolValue.Of(self.Text.Length > 0);
    }

    public static bool IsAlpha(Rune rune) => Rune.IsLetter(rune);

    public static bool IsDecimal(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber;

    /// <summary>Decimal digits, and those like ² and ① that stand for a single digit.</summary>
    public static bool IsDigit(Rune rune) => IsDecimal(rune) || CharUnicodeInfo.GetDigitValue(rune.ToString(), 0) >= 0;

    public static bool IsNumeric(Rune rune) => IsDigit(rune) || Rune.GetNumericValue(rune) != -1 || (rune.IsBmp && Han.Contains((char)rune.Value));

    public static bool IsAlphanumeric(Rune rune) => IsAlpha(rune) || IsNumeric(rune);

    public static bool IsIdentifier(string text)
    {
        bool first = true;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool start = rune.Value == '_' || Rune.IsLetter(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.LetterNumber;
            bool part = start || Rune.GetUnicodeCategory(rune) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.NonSpacingMark
                or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.ConnectorPunctuation;
            if (!(first ? start : part))
            {
                return false;
            }

            first = false;
        }

        return !first;
    }
}
