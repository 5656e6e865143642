using Millrace.Planning.Costs;
using Millrace.Planning.Plans;
using Millrace.Planning.Simulation;

namespace Millrace.Tests.Planning.Plans;

public class SteadyStateTests
{
    [Fact]
    public void One_user_waits_for_the_prompt_then_for_each_token()
    {
        SteadyState state = State(new Parallelism(8));
        OperatingPoint point = state.At(1);
        double decode = (70e9 + (1153 * 163_840.0)) / (8 * 3.35e12) + 1.6e-3;
        Assert.Equal(decode, point.Tpot, 1e-9);
        Assert.Equal(2 * 70e9 * 1024 / (8 * 2e15) + 1.6e-3, point.Ttft, 1e-9);
        Assert.Equal(256 / (point.Ttft + (255 * decode)), point.TokensPerSecond, 1e-6);
    }

    [Fact]
    public void Capacity_is_what_fits_at_full_length() => Assert.Equal((int)(((0.85 * 160e9) - 70e9) / (1280 * 163_840.0)), State(new Parallelism(2)).Capacity);

    [Fact]
    public void Price_of_input_and_output_together_is_the_price_of_the_machine()
    {
        SteadyState state = State(new Parallelism(4));
        OperatingPoint point = state.At(64);
        (double input, double output) = Plan.Split(8, point, state);
        double requestsPerHour = point.TokensPerSecond / 256 * 3600;
        Assert.Equal(8, requestsPerHour * ((1024 * input) + (256 * output)) / 1e6, 1e-9);
        Assert.InRange(point.PrefillPart, 0.01, 0.99);
    }

    // The closed form knows no queue; the simulator runs the live scheduler on the same steps.
    [Theory]
    [InlineData(1, 1, 8)]
    [InlineData(8, 1, 8)]
    [InlineData(64, 1, 8)]
    [InlineData(256, 1, 8)]
    [InlineData(64, 4, 2)]
    public void Steady_state_is_near_the_simulated_closed_loop(int batch, int pipeline, int tensor)
    {
        SteadyState state = State(new Parallelism(tensor, pipeline));
        OperatingPoint point = state.At(batch);
        ClosedLoopResult simulated = state.Simulate(batch);
        Assert.InRange(point.TokensPerSecond / simulated.OutputTokensPerSecond, 0.9, 1.1);
        Assert.InRange(point.Tpot / simulated.Tpot.Mean, 0.88, 1.12);
    }

    [Fact]
    public void A_step_gets_longer_with_each_user()
    {
        SteadyState state = State(new Parallelism(2));
        double[] times = [.. Enumerable.Range(1, state.Capacity).Select(batch => state.At(batch).Tpot)];
        Assert.All(Enumerable.Range(1, times.Length - 1), i => Assert.True(times[i] >= times[i - 1]));
    }

    static SteadyState State(Parallelism parallel) => new(new FakeCost(new Deployment(new FakeModel(), Fake.Gpu, parallel, "")), 1024, 256);
}
