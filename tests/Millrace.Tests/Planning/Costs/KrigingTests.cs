using Millrace.Planning.Costs;

namespace Millrace.Tests.Planning.Costs;

public class KrigingTests
{
    [Fact]
    public void What_is_left_out_is_predicted_as_if_it_had_not_been_there()
    {
        Site[] sites = [.. Enumerable.Range(0, 40).Select(static i => At(i / 10, i % 10))];
        double[] residuals = [.. Enumerable.Range(0, 40).Select(static i => 0.1 * (i / 10) + 0.003 * (i % 10))];
        Similarity similarity = Similarity.For(QuantityKind.Token);
        int[] group = [.. Enumerable.Range(10, 10)];
        Kriging others = new(similarity, [.. sites.Where((_, i) => !group.Contains(i))], [.. residuals.Where((_, i) => !group.Contains(i))]);
        Kriging all = new(similarity, sites, residuals);
        (double Mean, double Deviation)[] left = all.LeaveOut(group, residuals, all.Weigh(residuals));
        for (int i = 0; i < group.Length; i++)
        {
            (double mean, double deviation) = others.At(sites[group[i]]);
            Assert.Equal(mean, left[i].Mean, 0.01); // all but for how far each other is trusted
            Assert.Equal(deviation, left[i].Deviation, 0.01);
        }
    }

    [Fact]
    public void Neighbours_count_more_than_strangers()
    {
        Site[] sites = [.. Enumerable.Range(0, 20).Select(static i => At(i / 10, i % 10))];
        Kriging kriging = new(Similarity.For(QuantityKind.Token), sites, [.. sites.Select(static (_, i) => i < 10 ? 0.3 : -0.3)]);
        (double near, double sure) = kriging.At(At(0, 4.5));
        (double far, double unsure) = kriging.At(At(7, 4.5));
        Assert.Equal(0.3, near, 0.05);
        Assert.True(Math.Abs(far) < 0.1);
        Assert.True(unsure > 2 * sure);
    }

    [Fact]
    public void An_inverse_times_its_matrix_is_one()
    {
        double[][] lower = [[4], [1, 3], [0.5, -1, 5]];
        double[][] full = [[4, 1, 0.5], [1, 3, -1], [0.5, -1, 5]];
        Cholesky factor = new(lower);
        double[] x = [1, 2, 3];
        factor.Forward(x);
        factor.Backward(x);
        Assert.All(full.Zip([1.0, 2, 3]), row => Assert.Equal(row.Second, Cholesky.Dot(row.First, x), 1e-12));
    }

    // Groups beside the first eleven are those of a set.
    static Site At(int set, double place) => new([.. Enumerable.Range(0, (int)SiteGroup.Count).Select(i => (ulong)(i == 0 ? 1 : 100 * i + set))], [1, 0, 0, 0, 0, 0], [1, place, 10, 10]);
}
