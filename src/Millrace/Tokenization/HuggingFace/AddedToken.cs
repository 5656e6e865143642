namespace Millrace.Tokenization.HuggingFace;

/// <summary>A token that is found in the text before any model sees it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its name.</param>
/// <param name="SingleWord">Only where no word goes on at its ends.</param>
/// <param name="StripLeft">Swallows the whitespace before it.</param>
/// <param name="StripRight">Swallows the whitespace after it.</param>
/// <param name="Normalized">Found in the normalized text, not in the original.</param>
/// <param name="Special">A control token: text of a user's is never taken for it.</param>
sealed record AddedToken(int Id, string Content, bool SingleWord, bool StripLeft, bool StripRight, bool Normalized, bool Special);
