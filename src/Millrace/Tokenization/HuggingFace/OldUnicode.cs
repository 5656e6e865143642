using Millrace.Tokenization.Text;

namespace Millrace.Tokenization.HuggingFace;

/// <summary>
/// The categories of older Unicode versions that Hugging Face's tokenizers take from crates: unicode_categories has those of Unicode 8.0, unicode-normalization-alignments
/// those of 9.0. Each is today's category of the characters there were then; those that changed their category since are named.
/// </summary>
static class OldUnicode
{
    /// <summary>Mn of Unicode 8.0.</summary>
    public static CodePointSet NonspacingMarks { get; } =
        (UnicodeSets.Named("mn")! & UnicodeTables.Instance.Assigned8 & ~CodePointSet.Of([0x1885, 0x1886, 0xA9BD, 0x111C9])) | CodePointSet.Of([0x1734, 0x1171E]);

    /// <summary>M of Unicode 9.0.</summary>
    public static CodePointSet Marks { get; } =
        (UnicodeSets.Named("m")! & UnicodeTables.Instance.Assigned9 & ~CodePointSet.Of([0x111C9])) | CodePointSet.Of([0x1CF2, 0x1CF3]);

    /// <summary>Cc, Cf and Co of Unicode 8.0.</summary>
    public static CodePointSet Others { get; } =
        (UnicodeSets.Named("cc")! | UnicodeSets.Named("cf")! | UnicodeSets.Named("co")!) & UnicodeTables.Instance.Assigned8;

    /// <summary>P of Unicode 8.0, and every ASCII character that is no letter, digit, space or control.</summary>
    public static CodePointSet Punctuation { get; } =
        (UnicodeSets.Named("p")! & UnicodeTables.Instance.Assigned8) | CodePointSet.Of([0x166D, 0x111C9])
        | CodePointSet.Range('!', '/') | CodePointSet.Range(':', '@') | CodePointSet.Range('[', '`') | CodePointSet.Range('{', '~');
}
