namespace Millrace.Tokenization.Text;

/// <summary>The normal forms of Unicode Standard Annex 15.</summary>
public enum NormalForm
{
    /// <summary>Canonical decomposition, then composition.</summary>
    C,

    /// <summary>Canonical decomposition.</summary>
    D,

    /// <summary>Compatibility decomposition, then composition.</summary>
    KC,

    /// <summary>Compatibility decomposition.</summary>
    KD,
}
