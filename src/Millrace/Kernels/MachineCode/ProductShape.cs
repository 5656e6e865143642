namespace Millrace.Kernels.MachineCode;

/// <summary>What a function is made for.</summary>
/// <param name="Panels">1 or 2: a single stream, or two that share what is read of the tokens.</param>
/// <param name="Tokens">How many, up to <see cref="MostTokens"/>.</param>
/// <param name="Asks">Whether memory is asked for what comes later: where it is the first to meet a panel.</param>
readonly record struct ProductShape(int Panels, int Tokens, bool Asks)
{
    /// <summary>Tokens whose sums leave registers for the rest.</summary>
    public const int MostTokens = 8;

    // Tokens beyond these come in equal parts, so that those of later ones are at least so many.
    const int LeastLater = 5;

    const int Later = MostTokens - LeastLater + 1;

    /// <summary>How many shapes there are.</summary>
    /// <param name="hasPairs">With those of two panels.</param>
    public static int Count(bool hasPairs) => MostTokens + (hasPairs ? 2 : 1) * Later;

    /// <summary>A number below <see cref="Count"/>.</summary>
    public int Index => Asks ? Tokens - 1 : MostTokens + (Panels - 1) * Later + Tokens - LeastLater;

    /// <summary>The shape of a number.</summary>
    public static ProductShape At(int index)
    {
        (int panels, int tokens) = Math.DivRem(index - MostTokens, Later);
        return index < MostTokens ? new(1, index + 1, true) : new(panels + 1, tokens + LeastLater, false);
    }
}
