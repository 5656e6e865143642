using Millrace.Planning.Costs;

namespace Millrace.Tests.Planning.Costs;

public class NonNegativeFitTests
{
    [Fact]
    public void Coefficients_that_made_the_times_are_found()
    {
        Random random = new(7);
        double[] truth = [.. Enumerable.Range(0, Terms.Count).Select(i => i % 3 == 0 ? 0.5 + i : 0.2)];
        Terms[] rows = [.. Enumerable.Range(0, 200).Select(_ => Terms.Of([.. Enumerable.Range(0, Terms.Count).Select(_ => random.NextDouble())]))];
        double[] times = [.. rows.Select(row => row.Times(Terms.Of(truth)))];
        Terms found = Fit(rows, times, CoefficientSets.Typical, 1e-9);
        for (int i = 0; i < Terms.Count; i++)
        {
            Assert.Equal(truth[i], found[i], 0.02);
        }
    }

    [Fact]
    public void No_coefficient_is_negative()
    {
        Terms[] rows = [Terms.Of([1, 1]), Terms.Of([1, 2]), Terms.Of([1, 3])];
        Terms found = Fit(rows, [3, 2, 1], Terms.Of([1, 1]), 1e-9);
        Assert.True(found[0] >= 0);
        Assert.Equal(0, found[1]);
    }

    [Fact]
    public void An_outlier_moves_little()
    {
        Terms[] rows = [.. Enumerable.Range(1, 20).Select(static i => Terms.Of([i]))];
        double[] times = [.. Enumerable.Range(1, 20).Select(static i => i == 10 ? 300.0 : 2 * i)];
        Assert.Equal(2, Fit(rows, times, Terms.Of([1]), 1e-9)[0], 0.05);
    }

    [Fact]
    public void What_measurements_do_not_decide_stays_typical() => Assert.Equal(0.7, Fit([Terms.Of([1, 0])], [2], Terms.Of([1, 0.7]), 0.1)[1], 1e-9);

    static Terms Fit(Terms[] rows, double[] times, Terms typical, double pull) =>
        NonNegativeFit.Fit(rows, times, [.. times.Select(static _ => 1.0)], [.. times.Select(static _ => 0.05)], typical, pull);
}
