using Millrace.Planning.Article;

namespace Millrace.Tests.Planning.Article;

public class RulesTests
{
    [Theory]
    [InlineData(30, Verdict.Holds)]
    [InlineData(34, Verdict.Holds)]
    [InlineData(40, Verdict.Partly)]
    [InlineData(46, Verdict.Wrong)]
    [InlineData(18, Verdict.Holds)]
    [InlineData(14, Verdict.Partly)]
    [InlineData(13, Verdict.Wrong)]
    public void Figure_against_measurements(double claimed, Verdict verdict) => Assert.Equal(verdict, Rules.Against(claimed, 20, 30));

    [Theory]
    [InlineData(4.9, Verdict.Impossible)]
    [InlineData(5.1, Verdict.Wrong)]
    [InlineData(21, Verdict.Holds)]
    public void Nothing_is_below_its_bound(double claimed, Verdict verdict) => Assert.Equal(verdict, Rules.NotBelow(claimed, 5, 20, 30));

    [Theory]
    [InlineData(5.2, 5.3, Verdict.Holds)]
    [InlineData(5.2, 5.8, Verdict.Partly)]
    [InlineData(0.53, 0.699, Verdict.Wrong)]
    public void Figure_of_a_data_sheet(double claimed, double known, Verdict verdict) => Assert.Equal(verdict, Rules.Same(claimed, known));

    [Theory]
    [InlineData(3, 4.5, Verdict.Holds)]
    [InlineData(1, 4, Verdict.Partly)]
    [InlineData(1, 60, Verdict.Partly)]
    [InlineData(6, 9, Verdict.Wrong)]
    public void Range_against_a_range(double low, double high, Verdict verdict) => Assert.Equal(verdict, Rules.Range(3, 5, low, high));

    [Theory]
    [InlineData(10, Verdict.Holds, Verdict.Wrong)]
    [InlineData(5, Verdict.Partly, Verdict.Partly)]
    [InlineData(1, Verdict.Wrong, Verdict.Holds)]
    public void Limits(double limit, Verdict below, Verdict above)
    {
        Assert.Equal(below, Rules.Below(limit, 4, 6));
        Assert.Equal(above, Rules.Above(limit, 4, 6));
    }

    [Fact]
    public void Without_measurements_there_is_no_verdict()
    {
        Assert.Equal(Verdict.NotTestable, Rules.Against(1));
        Assert.Equal(Verdict.NotTestable, Rules.Below(1));
        Assert.Equal(Verdict.NotTestable, Rules.Above(1));
        Assert.Equal(Verdict.Impossible, Rules.NotBelow(1, 2));
    }
}
