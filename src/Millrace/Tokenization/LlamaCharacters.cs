using System.Globalization;
using System.Text;
using Millrace.Tokenization.Text;

namespace Millrace.Tokenization;

/// <summary>What llama.cpp tells apart in characters.</summary>
enum CharacterKind
{
    Other,
    Letter,
    Number,
    Mark,
    Punctuation,
    Symbol,
    Whitespace,
    Control,
}

/// <summary>Characters as llama.cpp's tables have them: those of Unicode 15.1.</summary>
/// <remarks>Source: its unicode-data.cpp and the functions in unicode.cpp that read it.</remarks>
static class LlamaCharacters
{
    /// <summary>The kind of a character. Characters assigned later are of no kind.</summary>
    public static CharacterKind KindOf(int character)
    {
        if (character >= 0x80 && !UnicodeAge.Unicode15.Contains(character))
        {
            return CharacterKind.Other;
        }

        UnicodeCategory category = CharUnicodeInfo.GetUnicodeCategory(character);
        return category switch
        {
            UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => CharacterKind.Whitespace,
            UnicodeCategory.Control when character is (>= 0x09 and <= 0x0D) or 0x85 => CharacterKind.Whitespace,
            UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse => CharacterKind.Control,
            <= UnicodeCategory.OtherLetter => CharacterKind.Letter,
            <= UnicodeCategory.EnclosingMark => CharacterKind.Mark,
            <= UnicodeCategory.OtherNumber => CharacterKind.Number,
            >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation => CharacterKind.Punctuation,
            >= UnicodeCategory.MathSymbol and <= UnicodeCategory.OtherSymbol => CharacterKind.Symbol,
            _ => CharacterKind.Other,
        };
    }

    /// <summary>The lower case of a character: one character, so that İ is i.</summary>
    public static int ToLower(int character)
    {
        if (character < 0x80)
        {
            return character is >= 'A' and <= 'Z' ? character | 0x20 : character;
        }

        return character == 0x130 ? 'i'
            : Rune.IsValid(character) && UnicodeAge.Unicode15.Contains(character) ? Rune.ToLowerInvariant(new Rune(character)).Value
            : character;
    }

    /// <summary>The first character of the canonical decomposition.</summary>
    public static int FirstOfDecomposition(int character)
    {
        if (character is >= NormalFormData.SyllableBase and < NormalFormData.SyllableBase + NormalFormData.Syllables)
        {
            return NormalFormData.LeadBase + ((character - NormalFormData.SyllableBase) / (NormalFormData.Vowels * NormalFormData.Trails));
        }

        int[]? parts = NormalFormData.Instance.Decomposition(character, compatible: false);
        return parts is not null && UnicodeAge.Unicode15.Contains(character) ? parts[0] : character;
    }

    /// <summary>Whether BERT takes the character for a Chinese one, that is a word of its own. One bound is a slip of Hugging Face's that vocabularies rely on.</summary>
    public static bool IsIdeograph(int character) => character is
        (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
        or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
