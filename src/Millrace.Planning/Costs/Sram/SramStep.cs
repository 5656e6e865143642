namespace Millrace.Planning.Costs.Sram;

/// <summary>A step as machines without caches see it: how many rows pass, and how many keys each of them meets.</summary>
/// <param name="Tokens">Rows of activations.</param>
/// <param name="Sequences">Sequences that take part.</param>
/// <param name="LogitRows">Rows of logits.</param>
/// <param name="Keys">Keys in the cache of a sequence, the step's own included, on average.</param>
/// <param name="Attended">Keys that a token sees where nothing limits them, on average; fewer than <paramref name="Keys"/> in a prompt.</param>
public readonly record struct SramStep(int Tokens, int Sequences, int LogitRows, double Keys, double Attended)
{
    /// <summary>One token of one sequence after so many others.</summary>
    public static SramStep Decode(int context, int sequences = 1) => new(sequences, sequences, sequences, context + 1, context + 1);

    /// <summary>Tokens of each sequence.</summary>
    public double Each => (double)Tokens / Sequences;

    /// <summary>Keys in the cache that a sequence's tokens see.</summary>
    /// <param name="window">The last that a token sees, 0 for all.</param>
    public double KeysIn(int window) => window > 0 ? Math.Min(Keys, window + Each - 1) : Keys;

    /// <summary>Keys that a token sees.</summary>
    /// <param name="window">The last that a token sees, 0 for all.</param>
    public double AttendedIn(int window) => window > 0 ? Math.Min(Attended, window) : Attended;

    /// <summary>Cuts a long step into rounds of rows that follow one another through the stages.</summary>
    /// <param name="most">Rows that pass together at most.</param>
    /// <returns>One round, and how many there are.</returns>
    internal (SramStep Rows, int Rounds) InRounds(int most)
    {
        int rounds = (Tokens + most - 1) / most;
        return rounds <= 1
            ? (this, 1)
            : (this with { Tokens = (Tokens + rounds - 1) / rounds, Sequences = Math.Max(1, Sequences / rounds), LogitRows = Math.Max(1, LogitRows / rounds) }, rounds);
    }
}
