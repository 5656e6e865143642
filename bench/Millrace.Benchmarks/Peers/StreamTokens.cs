namespace Millrace.Benchmarks.Peers;

/// <summary>Random tokens of a row, the same for both sides.</summary>
static class StreamTokens
{
    /// <summary>Real tokens in front of a row; a longer depth repeats their keys and values, because computing them all would take minutes and attention costs the same over any.</summary>
    public const int Real = 512;

    /// <summary>[stream] the tokens in the cache before the row.</summary>
    public static int[][] Before(PeerRow row, int vocabulary) => Make(row.Streams, Math.Min(row.Depth, Real), vocabulary, 0);

    /// <summary>[stream] the tokens that are measured.</summary>
    public static int[][] Measured(PeerRow row, int vocabulary, int seed) => Make(row.Streams, row.Tokens, vocabulary, seed + 1);

    static int[][] Make(int streams, int count, int vocabulary, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, streams).Select(_ => Enumerable.Range(0, count).Select(_ => random.Next(vocabulary)).ToArray())];
    }
}
