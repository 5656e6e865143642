namespace Millrace.Planning.Simulation;

/// <summary>Token ids that stand for texts nobody has: equal pieces give equal ids, different ones different ids, which is all that a prefix cache looks at.</summary>
static class PromptTokens
{
    /// <summary>Writes the tokens of a prompt.</summary>
    /// <param name="parts">Its pieces.</param>
    /// <param name="tokens">As many tokens as they have.</param>
    public static void Write(ReadOnlySpan<PromptPart> parts, Span<int> tokens)
    {
        foreach (PromptPart part in parts)
        {
            // A block that holds both halves tells the piece from all others; one that holds less follows a block that does.
            Span<int> piece = tokens[..part.Tokens];
            ulong mixed = Mix(part.Seed);
            piece.Fill((int)(mixed & int.MaxValue));
            if (piece.Length > 1)
            {
                piece[1] = (int)(mixed >> 33);
            }

            tokens = tokens[part.Tokens..];
        }
    }

    /// <summary>The token at a place of a piece, as <see cref="Write"/> writes it.</summary>
    public static int Of(PromptPart part, int place) => place == 1 ? (int)(Mix(part.Seed) >> 33) : (int)(Mix(part.Seed) & int.MaxValue);

    /// <summary>A token of an answer: the same for all of one request's, and other requests' are others.</summary>
    public static int Answer(long request) => (int)(Mix((ulong)request ^ 0x5bd1_e995_9e37_79b9) & int.MaxValue);

    /// <summary>The finalizer of MurmurHash3: a permutation, so that different seeds stay different.</summary>
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 33)) * 0xff51_afd7_ed55_8ccd;
        value = (value ^ (value >> 33)) * 0xc4ce_b9fe_1a85_ec53;
        return value ^ (value >> 33);
    }
}
