using Microsoft.Extensions.Time.Testing;
using Millrace.Server.Metrics;

namespace Millrace.Tests.Server.Metrics;

public class RecentValuesTests
{
    readonly FakeTimeProvider _clock = new();

    [Fact]
    public void Percentiles_are_right_within_a_step_of_five_percent()
    {
        RecentValues values = new(_clock);
        for (int i = 1; i <= 1000; i++)
        {
            values.Record(i / 1000.0);
        }

        double[] found = RecentValues.Percentiles([values], 0.5, 0.9, 0.99)!;
        Assert.All(new[] { 0.5, 0.9, 0.99 }.Zip(found), pair => Assert.InRange(pair.Second / pair.First, 0.95, 1.05));
    }

    [Fact]
    public void Several_are_taken_together()
    {
        RecentValues fast = new(_clock);
        RecentValues slow = new(_clock);
        for (int i = 0; i < 9; i++)
        {
            fast.Record(0.001);
        }

        slow.Record(1);
        double[] found = RecentValues.Percentiles([fast, slow], 0.9, 0.91)!;
        Assert.InRange(found[0], 0.00095, 0.00105);
        Assert.InRange(found[1], 0.95, 1.05);
    }

    [Fact]
    public void What_is_older_than_half_a_minute_is_forgotten()
    {
        RecentValues values = new(_clock);
        values.Record(1);
        _clock.Advance(TimeSpan.FromSeconds(29));
        Assert.NotNull(RecentValues.Percentiles([values], 0.5));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(RecentValues.Percentiles([values], 0.5));
        _clock.Advance(TimeSpan.FromDays(3));
        values.Record(2);
        Assert.InRange(RecentValues.Percentiles([values], 0.5)![0], 1.9, 2.1);
    }

    [Fact]
    public void Rate_is_that_of_the_full_seconds_before_this_one()
    {
        RecentValues values = new(_clock);
        _clock.Advance(TimeSpan.FromSeconds(100));
        for (int second = 0; second < 5; second++)
        {
            values.Record(0.1, weight: 30);
            values.Record(0.1, weight: 10);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        values.Record(0.1, weight: 1000); // this second is not over
        Assert.Equal(40, values.Rate(5));
        _clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(0, values.Rate(5));
    }
}
