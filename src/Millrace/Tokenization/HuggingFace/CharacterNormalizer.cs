using System.Text;
using Millrace.Tokenization.Text;

namespace Millrace.Tokenization.HuggingFace;

/// <summary>A normalizer that looks at one character at a time.</summary>
abstract class CharacterNormalizer : TextNormalizer
{
    public sealed override void Normalize(ReadOnlySpan<byte> text, Utf8Buffer output, ref bool atStart)
    {
        int before = output.Length;
        for (int at = 0; at < text.Length;)
        {
            bool first = at == 0;
            at += Utf8.Decode(text, at, out int codePoint);
            Map(codePoint, output);
            atStart &= !first || output.Length > before;
        }
    }

    /// <summary>Appends what becomes of a character.</summary>
    protected abstract void Map(int codePoint, Utf8Buffer output);
}

/// <summary>Each character in lower case, whatever stands around it (a final sigma is not known).</summary>
sealed class LowercaseNormalizer : CharacterNormalizer
{
    protected override void Map(int codePoint, Utf8Buffer output)
    {
        if (codePoint == 0x130)
        {
            output.Append('i');
            output.Append(0x307);
            return;
        }

        output.Append(codePoint switch
        {
            >= 'A' and <= 'Z' => codePoint | 0x20,
            < 0x80 => codePoint,

            // Pairs of Unicode 17.0, which Rust's standard library knows and this runtime does not.
            0xA7CE or 0xA7D2 or 0xA7D4 => codePoint + 1,
            >= 0x16EA0 and <= 0x16EB8 => codePoint + 0x1B,
            _ => Rune.ToLowerInvariant(new Rune(codePoint)).Value,
        });
    }
}

/// <summary>Drops the marks that put accents on letters: all marks, or those without a width of their own.</summary>
sealed class StripMarksNormalizer(bool nonspacingOnly) : CharacterNormalizer
{
    protected override void Map(int codePoint, Utf8Buffer output)
    {
        if (codePoint < 0x300 || !(nonspacingOnly ? OldUnicode.NonspacingMarks : OldUnicode.Marks).Contains(codePoint))
        {
            output.Append(codePoint);
        }
    }
}

/// <summary>BERT's cleaning: drops controls, unassigned and private characters, makes whitespace a space.</summary>
sealed class CleanTextNormalizer : CharacterNormalizer
{
    protected override void Map(int codePoint, Utf8Buffer output)
    {
        if (codePoint is not ('\t' or '\n' or '\r') && (codePoint is 0 or Utf8.Replacement || OldUnicode.Others.Contains(codePoint)))
        {
            return;
        }

        output.Append(UnicodeSets.Space.Contains(codePoint) ? ' ' : codePoint);
    }
}

/// <summary>BERT's spaces around Chinese characters.</summary>
sealed class ChineseCharactersNormalizer : CharacterNormalizer
{
    protected override void Map(int codePoint, Utf8Buffer output)
    {
        bool chinese = codePoint is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
            or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
        if (chinese)
        {
            output.Append(' ');
        }

        output.Append(codePoint);
        if (chinese)
        {
            output.Append(' ');
        }
    }
}

/// <summary>SentencePiece's nmt rules: drops controls, makes odd spaces a space.</summary>
sealed class NmtNormalizer : CharacterNormalizer
{
    protected override void Map(int codePoint, Utf8Buffer output)
    {
        if (codePoint is (>= 1 and <= 8) or 0xB or (>= 0xE and <= 0x1F) or 0x7F or 0x8F or 0x9F)
        {
            return;
        }

        bool space = codePoint is 9 or 0xA or 0xC or 0xD or 0x1680 or (>= 0x200B and <= 0x200F) or 0x2028 or 0x2029 or 0x2581 or 0xFEFF or 0xFFFD;
        output.Append(space ? ' ' : codePoint);
    }
}

/// <summary>Spells each byte by its character of <see cref="ByteAlphabet"/>.</summary>
sealed class ByteLevelNormalizer : TextNormalizer
{
    public override void Normalize(ReadOnlySpan<byte> text, Utf8Buffer output, ref bool atStart) => ByteAlphabet.Encode(text, output);
}
