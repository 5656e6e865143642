namespace Millrace.Kernels.Vectors;

/// <summary>What kernels need of a register width besides.</summary>
/// <typeparam name="TVector">The register, as bytes.</typeparam>
unsafe interface ILanes<TVector> : ICodeLanes<TVector>
    where TVector : unmanaged
{
    /// <summary>Rows in a register: 8 or 16.</summary>
    static abstract int Rows { get; }

    static abstract void Store(void* to, TVector value);

    /// <summary>The 32 bits at an address in every lane.</summary>
    static abstract TVector Broadcast(void* from);

    static abstract TVector Shorts(short value);

    /// <summary>Adds products of unsigned bytes of <paramref name="codes"/> and signed bytes of <paramref name="x"/>, neighbours first added to 16 bits, to 16-bit sums.</summary>
    static abstract TVector AddProducts(TVector sum, TVector codes, TVector x);

    static abstract TVector MultiplyShorts(TVector a, TVector b);

    /// <summary>Products of signed 16-bit words, neighbours added to 32 bits.</summary>
    static abstract TVector MultiplyPairs(TVector a, TVector b);

    static abstract TVector AddInts(TVector a, TVector b);

    static abstract TVector MultiplyInts(TVector a, TVector b);

    static abstract TVector ToFloats(TVector ints);

    static abstract TVector AddFloats(TVector a, TVector b);

    /// <summary>a·b + c, rounded once.</summary>
    static abstract TVector Fused(TVector a, TVector b, TVector c);

    /// <summary>c − a·b, rounded once.</summary>
    static abstract TVector FusedNegated(TVector a, TVector b, TVector c);
}

/// <summary>How products of codes and activations are summed.</summary>
/// <typeparam name="TVector">The register, as bytes.</typeparam>
unsafe interface IDot<TVector>
    where TVector : unmanaged
{
    /// <summary>Whether codes may have 8 bits and sums any length. If not, sums have 16 bits.</summary>
    static abstract bool Wide { get; }

    /// <summary>The sum before the first product: minus offset times the activations that will come, of which <paramref name="words"/> holds the sums.</summary>
    static abstract TVector Start(void* words, int offset);

    /// <summary>Adds the products of 4 columns.</summary>
    static abstract TVector Add(TVector sum, TVector codes, TVector x);

    /// <summary>The sum as one integer a lane.</summary>
    static abstract TVector Total(TVector sum);

    /// <summary>Integers, one a lane, in the form that <see cref="Scaled"/> wants.</summary>
    static abstract TVector Scales(TVector ints);

    /// <summary>The sum times a scale as one integer a lane.</summary>
    static abstract TVector Scaled(TVector sum, TVector scales);
}
