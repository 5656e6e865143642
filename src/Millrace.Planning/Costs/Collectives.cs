namespace Millrace.Planning.Costs;

/// <summary>Bytes that one chip sends and rounds that follow each other when n chips exchange what each holds (Thakur, Rabenseifner, Gropp 2005; NCCL).</summary>
static class Collectives
{
    /// <summary>All chips get the sum. A ring sends 2(n−1)/n of the message in 2(n−1) rounds, one neighbour after the other, as a torus must; a tree, or a switch that adds, needs 2·log₂ n rounds for the same bytes.</summary>
    /// <param name="chips">n.</param>
    /// <param name="bytes">The message.</param>
    /// <param name="joined">Whether a switch joins all.</param>
    public static (double Bytes, double Rounds) AllReduce(int chips, double bytes, bool joined = true) =>
        chips <= 1 ? default : (2.0 * (chips - 1) / chips * bytes, joined ? 2 * Math.Log2(chips) : 2.0 * (chips - 1));

    /// <summary>Each chip sends each other one its part: (n−1)/n of the message, in one round over a switch.</summary>
    public static (double Bytes, double Rounds) AllToAll(int chips, double bytes, bool joined = true) =>
        chips <= 1 ? default : ((chips - 1.0) / chips * bytes, joined ? 1 : chips / 2.0);

    /// <summary>One chip sends the next what a stage of a pipeline has made.</summary>
    public static (double Bytes, double Rounds) Hop(double bytes) => (bytes, 1);
}
