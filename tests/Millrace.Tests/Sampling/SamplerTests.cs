using Millrace.Sampling;

namespace Millrace.Tests.Sampling;

public sealed class SamplerTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    [InlineData(50_000)]
    public void Greedy_takes_the_largest_logit_and_of_equal_ones_the_first(int vocabulary)
    {
        float[] logits = Logits(vocabulary, 1);
        int best = Array.IndexOf(logits, logits.Max());
        Assert.Equal(best, Draw(logits, new() { Temperature = 0 }));
        if (best > 0)
        {
            logits[best - 1] = logits[best];
            Assert.Equal(best - 1, Draw(logits, new() { Temperature = 0, TopK = 40, TopP = 0.9f, MinP = 0.05f }));
        }
    }

    public static TheoryData<int, int> Shapes => new MatrixTheoryData<int, int>([1, 2, 9, 100, 5000], [0, 1, 2]);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Top_k_keeps_what_the_definition_keeps(int vocabulary, int seed)
    {
        float[] logits = Logits(vocabulary, seed);
        foreach (int k in (int[])[1, 2, 5, 40, vocabulary - 1, vocabulary, vocabulary + 1])
        {
            if (k > 0)
            {
                SameSurvivors(Reference.TopK(Wide(logits), k), Survivors(logits, new() { TopK = k }));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Top_p_keeps_what_the_definition_keeps(int vocabulary, int seed)
    {
        float[] logits = Logits(vocabulary, seed);
        foreach (float p in (float[])[0, 0.1f, 0.5f, 0.9f, 0.999f])
        {
            SameSurvivors(Reference.TopP(Wide(logits), p), Survivors(logits, new() { TopP = p }));
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Min_p_keeps_what_the_definition_keeps(int vocabulary, int seed)
    {
        float[] logits = Logits(vocabulary, seed);
        foreach (float p in (float[])[0.001f, 0.05f, 0.5f, 1])
        {
            SameSurvivors(Reference.MinP(Wide(logits), p), Survivors(logits, new() { MinP = p }));
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Typical_keeps_what_the_definition_keeps(int vocabulary, int seed)
    {
        float[] logits = [.. Logits(vocabulary, seed).Select((logit, i) => logit + i * 1e-4f)]; // no ties, whose order is open
        foreach (float p in (float[])[0.1f, 0.5f, 0.95f])
        {
            SameSurvivors(Reference.Typical(Wide(logits), p), Survivors(logits, new() { TypicalP = p }));
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Xtc_leaves_out_all_top_choices_but_the_last(int vocabulary, int seed)
    {
        float[] logits = Logits(vocabulary, seed);
        foreach (float threshold in (float[])[0.01f, 0.1f, 0.3f, 0.6f])
        {
            SameSurvivors(Reference.Xtc(Wide(logits), threshold), Survivors(logits, new() { XtcProbability = 1, XtcThreshold = threshold }));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void The_chain_filters_what_the_filter_before_left(int seed)
    {
        float[] logits = Logits(300, seed);
        var parameters = new SamplingParameters { TopK = 50, TypicalP = 0.95f, TopP = 0.9f, MinP = 0.02f, XtcProbability = 1, XtcThreshold = 0.05f, Temperature = 0.7f };
        double[] left = Wide(logits);
        foreach (Func<double[], HashSet<int>> filter in (Func<double[], HashSet<int>>[])
            [x => Reference.TopK(x, 50), x => Reference.Typical(x, 0.95f), x => Reference.TopP(x, 0.9f), x => Reference.MinP(x, 0.02f), x => Reference.Xtc(x, 0.05f)])
        {
            HashSet<int> kept = filter(left);
            left = [.. left.Select((logit, token) => kept.Contains(token) ? logit : double.NegativeInfinity)];
        }

        Candidates candidates = Survivors(logits, parameters);
        HashSet<int> expected = [.. Enumerable.Range(0, 300).Where(token => double.IsFinite(left[token]))];
        Assert.True(expected.Count > 2);
        SameSurvivors(expected, candidates);
        double[] probabilities = Reference.Softmax([.. left.Select(logit => logit / 0.7)]);
        for (int i = 0; i < candidates.Count; i++)
        {
            Assert.Equal(probabilities[candidates.Ids[i]], candidates.Probabilities[i], 1e-6);
        }
    }

    [Theory]
    [InlineData(1.3f, 0, 0, 64)]
    [InlineData(0.8f, 0, 0, 64)]
    [InlineData(1, 0.5f, 0, -1)]
    [InlineData(1, 0, 1.5f, 64)]
    [InlineData(1.1f, 0.2f, -0.3f, 5)]
    [InlineData(1.1f, 0.2f, -0.3f, 0)]
    public void Penalties_change_what_stands_in_the_window(float repetition, float frequency, float presence, int window)
    {
        float[] logits = [2, 1, 0, -1, -2, 3];
        int[] tokens = [5, 0, 1, 1, 3, 3, 3];
        var parameters = new SamplingParameters { RepetitionPenalty = repetition, FrequencyPenalty = frequency, PresencePenalty = presence, PenaltyWindow = window };
        Candidates candidates = Survivors(logits, parameters, tokens);
        int[] seen = window < 0 ? tokens : tokens[Math.Max(0, tokens.Length - window)..];
        for (int token = 0; token < logits.Length; token++)
        {
            int count = seen.Count(other => other == token);
            double expected = logits[token];
            if (count > 0)
            {
                expected = expected > 0 ? expected / repetition : expected * repetition;
                expected -= count * frequency + presence;
            }

            Assert.Equal(expected, candidates.Logits[token], 1e-6);
        }
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, 1)]
    [InlineData(2, 3)]
    [InlineData(3, 2)]
    public void Dry_lowers_what_would_continue_a_repetition(int seed, int allowed)
    {
        var random = new Random(seed);
        for (int round = 0; round < 200; round++)
        {
            int[] tokens = [.. Enumerable.Range(0, random.Next(0, 60)).Select(_ => random.Next(4))];
            int[] breakers = round % 2 == 0 ? [] : [3];
            var parameters = new SamplingParameters { DryMultiplier = 0.8f, DryBase = 1.75f, DryAllowedLength = allowed, DryBreakers = [.. breakers.Select(token => (int[])[token])] };
            Candidates candidates = Survivors([0, 0, 0, 0], parameters, tokens);
            Dictionary<int, double> expected = Reference.Dry(tokens, 0.8f, 1.75f, allowed, breakers);
            for (int token = 0; token < 4; token++)
            {
                double penalty = expected.GetValueOrDefault(token);
                Assert.Equal(-penalty, candidates.Logits[token], 1e-5 * (1 + penalty));
            }
        }
    }

    [Fact]
    public void A_breaker_of_several_tokens_ends_a_repetition_too()
    {
        int[] tokens = [1, 2, 8, 9, 3, 1, 2, 8, 9];
        var parameters = new SamplingParameters { DryMultiplier = 1, DryBase = 2, DryAllowedLength = 2 };
        Assert.Equal(-4, Survivors(new float[10], parameters, tokens).Logits[3]); // four tokens repeated
        parameters = parameters with { DryBreakers = [[2, 8]] };
        Assert.Equal(0, Survivors(new float[10], parameters, tokens).Logits[3]); // only one since the breaker
        parameters = parameters with { DryBreakers = [[1, 2]] };
        Assert.Equal(-1, Survivors(new float[10], parameters, tokens).Logits[3]);
    }

    [Fact]
    public void A_very_long_repetition_gives_no_infinite_penalty()
    {
        var parameters = new SamplingParameters { DryMultiplier = 1, DryBase = 4 };
        Assert.True(float.IsFinite(Survivors([1, 1], parameters, new int[500]).Logits[0]));
    }

    [Fact]
    public void Bias_is_added_first_and_can_ban_and_force()
    {
        float[] logits = [5, 4, 3];
        Assert.Equal(1, Draw(logits, new() { Temperature = 0, LogitBias = new Dictionary<int, float> { [0] = float.NegativeInfinity } }));
        Assert.Equal(2, Draw(logits, new() { Temperature = 0, LogitBias = new Dictionary<int, float> { [2] = 100 } }));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Draws_follow_the_distribution(float temperatureStep)
    {
        float temperature = 0.7f + temperatureStep;
        float[] logits = [1.5f, 0, -1, 2, 0.3f, -3, 1, 1];
        double[] expected = Reference.Softmax([.. logits.Select(logit => (double)logit / temperature)]);
        var sampler = new Sampler(new() { Temperature = temperature, Seed = 11 }, logits.Length);
        var candidates = new Candidates(logits.Length);
        const int Draws = 100_000;
        int[] counts = new int[logits.Length];
        for (int i = 0; i < Draws; i++)
        {
            counts[sampler.Sample(logits, [], candidates)]++;
        }

        double chiSquared = counts.Select((count, token) => Math.Pow(count - Draws * expected[token], 2) / (Draws * expected[token])).Sum();
        Assert.True(chiSquared < 24.3, $"χ² = {chiSquared}"); // 7 degrees of freedom: p = 0.001
    }

    [Fact]
    public void Xtc_strikes_as_often_as_it_should()
    {
        float[] logits = [2, 1.9f, 0];
        var sampler = new Sampler(new() { Temperature = 0, XtcProbability = 0.3f, Seed = 5 }, 3);
        var candidates = new Candidates(3);
        int struck = Enumerable.Range(0, 20_000).Count(_ => sampler.Sample(logits, [], candidates) != 0);
        Assert.InRange(struck, 5_800, 6_200); // 0.3 ± 3 standard deviations
    }

    [Fact]
    public void Mirostat_steers_the_surprise_to_its_target()
    {
        float[] logits = Logits(2000, 3);
        var sampler = new Sampler(new() { Mirostat = true, MirostatTau = 3, Seed = 1 }, 2000);
        var candidates = new Candidates(2000);
        double bits = 0;
        for (int i = 0; i < 3000; i++)
        {
            int token = sampler.Sample(logits, [], candidates);
            bits -= Math.Log2(candidates.Probabilities[candidates.Ids.IndexOf(token)]);
        }

        Assert.Equal(3, bits / 3000, 0.1);
    }

    [Fact]
    public void Equal_seeds_draw_equal_tokens_and_scratch_leaves_no_trace()
    {
        float[][] rows = [.. Enumerable.Range(0, 50).Select(seed => Logits(500, seed))];
        var parameters = new SamplingParameters { TopP = 0.95f, FrequencyPenalty = 0.4f, DryMultiplier = 1, XtcProbability = 0.5f, Seed = 42 };
        int[] Run(bool disturb)
        {
            var sampler = new Sampler(parameters, 500);
            var other = new Sampler(parameters with { Seed = 1 }, 500);
            var candidates = new Candidates(500);
            List<int> tokens = [1, 2, 3];
            foreach (float[] row in rows)
            {
                if (disturb)
                {
                    other.Sample(row, [7, 8, 7, 8, 7], candidates);
                }

                tokens.Add(sampler.Sample(row, [.. tokens], candidates));
            }

            return [.. tokens];
        }

        Assert.Equal(Run(disturb: false), Run(disturb: true));
        Assert.NotEqual(Run(false), [1, 2, 3, .. Enumerable.Repeat(0, 50)]);
    }

    [Fact]
    public void The_generator_gives_the_published_numbers()
    {
        // The first output of xoshiro256** for the state that splitmix64 makes of the seed 0.
        var random = new Xoshiro256(0);
        Assert.Equal(0x99EC5F36CB75F2B4UL, random.Next());
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Logits_that_are_not_numbers_are_an_error(float bad)
    {
        foreach (int at in (int[])[0, 5, 99])
        {
            float[] logits = Logits(100, 0);
            logits[at] = bad;
            SamplingException error = Assert.Throws<SamplingException>(() => Draw(logits, new()));
            Assert.Contains($"token {at}", error.Message, StringComparison.Ordinal);
            Assert.Throws<SamplingException>(() => Draw(logits, new() { Temperature = 0 }));
            Assert.Throws<SamplingException>(() => LogProbabilities.Normalizer(logits));
        }
    }

    public static TheoryData<SamplingParameters> Chains =>
    [
        new SamplingParameters { Temperature = 0 },
        new SamplingParameters(),
        new SamplingParameters { TopK = 5 },
        new SamplingParameters { TopP = 0.5f },
        new SamplingParameters { MinP = 0.1f },
        new SamplingParameters { TypicalP = 0.5f },
        new SamplingParameters { XtcProbability = 1 },
        new SamplingParameters { Mirostat = true },
        new SamplingParameters { TopK = 1, TopP = 0.1f, TypicalP = 0.1f },
    ];

    [Theory]
    [MemberData(nameof(Chains))]
    public void With_every_token_banned_there_is_an_error_and_with_one_left_it_is_drawn(SamplingParameters parameters)
    {
        float[] logits = [.. Enumerable.Repeat(float.NegativeInfinity, 20)];
        Assert.Throws<SamplingException>(() => Draw(logits, parameters));
        logits[13] = -4;
        Assert.Equal(13, Draw(logits, parameters));
    }

    [Theory]
    [MemberData(nameof(Chains))]
    public void Sampling_allocates_nothing(SamplingParameters parameters)
    {
        float[] logits = Logits(3000, 1);
        int[] tokens = [.. Enumerable.Range(0, 300).Select(i => i % 7)];
        var sampler = new Sampler(parameters with { DryMultiplier = 1, FrequencyPenalty = 1, LogitBias = new Dictionary<int, float> { [3] = 1 } }, 3000);
        var candidates = new Candidates(3000);
        sampler.Sample(logits, tokens, candidates);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 20; i++)
        {
            sampler.Sample(logits, tokens, candidates);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Theory]
    [InlineData(3)]
    [InlineData(1001)]
    public void Log_probabilities_are_the_log_softmax(int vocabulary)
    {
        float[] logits = Logits(vocabulary, 2);
        logits[1] = float.NegativeInfinity;
        double[] expected = Reference.Softmax(Wide(logits));
        double normalizer = LogProbabilities.Normalizer(logits);
        TokenLogProbability[] top = new TokenLogProbability[Math.Min(10, vocabulary)];
        LogProbabilities.Top(logits, normalizer, new Candidates(vocabulary), top);
        Assert.Equal(Reference.Order(Wide(logits)).Take(top.Length), top.Select(item => item.Token));
        Assert.All(top, item => Assert.Equal(expected[item.Token], Math.Exp(item.LogProbability), 1e-9));
    }

    internal static float[] Logits(int vocabulary, int seed)
    {
        var random = new Random(seed);
        // A few large ones over a long tail; rounded, so that some are equal.
        return [.. Enumerable.Range(0, vocabulary).Select(_ => MathF.Round((float)(Math.Pow(random.NextDouble(), 4) * 14 - 4), 2))];
    }

    static double[] Wide(float[] logits) => [.. logits.Select(logit => (double)logit)];

    static int Draw(float[] logits, SamplingParameters parameters) =>
        new Sampler(parameters, logits.Length).Sample(logits, [], new Candidates(logits.Length));

    static Candidates Survivors(float[] logits, SamplingParameters parameters, int[]? tokens = null)
    {
        var candidates = new Candidates(logits.Length);
        new Sampler(parameters, logits.Length).Sample(logits, tokens ?? [], candidates);
        return candidates;
    }

    static void SameSurvivors(HashSet<int> expected, Candidates candidates) =>
        Assert.Equal(expected.Order(), candidates.Ids.ToArray().Order());
}
