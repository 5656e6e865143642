using Millrace.Planning.Plans;

namespace Millrace.Tests.Planning.Plans;

public class PlanFieldsTests
{
    [Fact]
    public void Every_plan_has_the_same_fields_and_a_reason_for_each_that_is_empty()
    {
        Plan[] plans =
        [
            Fake.Planner.Best(Fake.Gpu, Fake.Request()).Simulated(),
            Fake.Planner.Best(Fake.Gpu with { DollarsPerHour = [], Watts = null }, Fake.Request()),
            Fake.Planner.Best(Fake.Gpu, Fake.Request() with { Count = 1 }),
            Fake.Planner.Best(Fake.Gpu with { Memory = [] }, Fake.Request()),
        ];
        string[] names = [.. PlanFields.Of(plans[0]).Fields.Select(field => field.Name)];
        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.All(names, name => Assert.Matches("^[a-z0-9]+(_[a-z0-9]+)*$", name));
        foreach (Plan plan in plans)
        {
            PlanFields fields = PlanFields.Of(plan);
            Assert.Equal(names, fields.Fields.Select(field => field.Name));
            Assert.All(fields.Fields, field => Assert.Equal(field.Value is null, fields.Unknown.ContainsKey(field.Name)));
            Assert.All(fields.Unknown.Values, reason => Assert.NotEmpty(reason));
        }
    }

    [Fact]
    public void Figures_have_their_range()
    {
        Dictionary<string, object?> fields = PlanFields.Of(Fake.Planner.Best(Fake.Gpu, Fake.Request())).Fields.ToDictionary(field => field.Name, field => field.Value);
        double tpot = (double)fields["tpot_s"]!;
        Assert.Equal(tpot * 0.9, (double)fields["tpot_s_low"]!, 1e-12);
        Assert.Equal(tpot * 1.2, (double)fields["tpot_s_high"]!, 1e-12);
        double rate = (double)fields["tokens_per_second"]!;
        Assert.Equal(rate / 1.2, (double)fields["tokens_per_second_low"]!, 1e-9);
        Assert.Equal(rate / 0.9, (double)fields["tokens_per_second_high"]!, 1e-9);
    }

    [Fact]
    public void Shares_are_parts_of_one()
    {
        PlanFields fields = PlanFields.Of(Fake.Planner.Best(Fake.Gpu, Fake.Request()));
        Assert.Equal(1, fields.Fields.Where(field => field.Name.StartsWith("share_", StringComparison.Ordinal)).Sum(field => (double)field.Value!), 1e-9);
    }
}
