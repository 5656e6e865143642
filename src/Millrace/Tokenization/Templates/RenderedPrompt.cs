namespace Millrace.Tokenization.Templates;

/// <summary>
/// A rendered prompt that says who wrote what, so that a user cannot forge control tokens: special tokens may be recognised
/// only where they lie within one span that is <see cref="TextSpan.FromTemplate"/>. Split the text at those, and encode each
/// stretch between them as one piece without special tokens, whatever spans it crosses; then a conversation without control
/// tokens in its messages gives exactly the ids of the whole text.
/// </summary>
/// <param name="Text">The prompt.</param>
/// <param name="Spans">The stretches that cover it, in order; neighbours differ.</param>
public sealed record RenderedPrompt(string Text, IReadOnlyList<TextSpan> Spans);
