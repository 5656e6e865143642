namespace Millrace.Tokenization.Templates;

/// <summary>A stretch of a rendered prompt.</summary>
/// <param name="Start">Its first character, in UTF-16 units.</param>
/// <param name="Length">Its length, in UTF-16 units.</param>
/// <param name="FromTemplate">Whether the template itself wrote it; otherwise it came from the conversation, and no control token may be read in it.</param>
public readonly record struct TextSpan(int Start, int Length, bool FromTemplate);
