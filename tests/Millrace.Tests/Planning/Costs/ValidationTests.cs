using Millrace.Planning.Costs;

namespace Millrace.Tests.Planning.Costs;

/// <summary>Errors on public measurements that predictions do not know.</summary>
public class ValidationTests
{
    static readonly Lazy<IReadOnlyList<Observation>> Measured = new(static () => Calibration.Observe(MeasurementTable.BuiltIn));
    static readonly Lazy<IReadOnlyList<ErrorRow>> Errors = new(static () => Validation.Run(Measured.Value));

    [Theory]
    [InlineData("TPOT", "row", 0.05)]
    [InlineData("TPOT", "count", 0.12)]
    [InlineData("TPOT", "model", 0.12)]
    [InlineData("TTFT", "row", 0.20)]
    [InlineData("TTFT", "count", 0.20)]
    [InlineData("throughput", "row", 0.08)]
    public void Median_errors_of_calibrated_pairs_hold(string quantity, string held, double most)
    {
        ErrorRow all = Row(quantity, held, "all calibrated");
        Assert.True(all.Rows > 350);
        Assert.InRange(all.Median, 0, most);
    }

    [Theory]
    [InlineData("TPOT")]
    [InlineData("TTFT")]
    [InlineData("throughput")]
    public void Nine_of_ten_lie_within_the_range(string quantity) => Assert.InRange(Row(quantity, "row", "all calibrated").Covered, 0.86, 0.96);

    [Fact]
    public void The_stored_coefficients_are_those_of_the_measurements()
    {
        CoefficientSets fitted = CoefficientSets.Fit(Measured.Value);
        Assert.Equal(fitted.Sets.Keys, Calibration.BuiltIn.Sets.Sets.Keys);
        foreach ((string name, CoefficientSet set) in fitted.Sets)
        {
            Terms stored = Calibration.BuiltIn.Sets.Sets[name].Coefficients;
            for (int i = 0; i < Terms.Count; i++)
            {
                Assert.Equal(set.Coefficients[i], stored[i], 1e-4);
            }
        }
    }

    static ErrorRow Row(string quantity, string held, string group) => Errors.Value.Single(row => row.Quantity == quantity && row.HeldOut == held && row.Group == group);
}
