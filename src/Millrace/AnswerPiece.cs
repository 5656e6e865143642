namespace Millrace;

/// <summary>A piece of an answer.</summary>
/// <param name="Text">What is now certain: whole characters that belong to no stop string. Often empty, as a token may end in the middle of either.</param>
/// <param name="Token">The token just read; null for the text that was held back until the end.</param>
public readonly record struct AnswerPiece(string Text, TokenOutput? Token);
