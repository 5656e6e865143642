namespace Millrace.Server.Metrics;

/// <summary>Counts by upper bound, as Prometheus keeps them. Thread-safe, and recording allocates nothing.</summary>
/// <param name="bounds">Upper bounds, rising; what is above the last counts as infinite.</param>
sealed class Histogram(double[] bounds)
{
    readonly long[] _counts = new long[bounds.Length + 1];
    double _sum;

    /// <summary>Times of first tokens in seconds, as vLLM buckets them.</summary>
    public static double[] FirstTokenSeconds { get; } =
        [.001, .005, .01, .02, .04, .06, .08, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560];

    /// <summary>Times between tokens in seconds, as vLLM buckets them.</summary>
    public static double[] TokenSeconds { get; } = [.01, .025, .05, .075, .1, .15, .2, .3, .4, .5, .75, 1, 2.5, 5, 7.5, 10, 20, 40, 80];

    /// <summary>Times of requests in seconds, as vLLM buckets them.</summary>
    public static double[] RequestSeconds { get; } =
        [.3, .5, .8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680];

    /// <summary>Lengths: the series 1, 2, 5.</summary>
    public static double[] Tokens { get; } = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000];

    /// <summary>Tokens of a step, as vLLM buckets them.</summary>
    public static double[] StepTokens { get; } = [1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384];

    /// <summary>Numbers of choices, as vLLM buckets them.</summary>
    public static double[] Choices { get; } = [1, 2, 5, 10, 20];

    /// <summary>The upper bounds.</summary>
    public double[] Bounds => bounds;

    /// <summary>The sum of all values.</summary>
    public double Sum => Volatile.Read(ref _sum);

    /// <summary>Adds a value.</summary>
    public void Record(double value)
    {
        int bucket = Array.BinarySearch(bounds, value);
        Interlocked.Increment(ref _counts[bucket < 0 ? ~bucket : bucket]);
        double sum = _sum;
        for (double seen; (seen = Interlocked.CompareExchange(ref _sum, sum + value, sum)) != sum; sum = seen)
        {
        }
    }

    /// <summary>How many values are in a bucket; the one after the last bound holds what is above all.</summary>
    public long Count(int bucket) => Volatile.Read(ref _counts[bucket]);
}
