using Millrace.Planning.Plans;

namespace Millrace.Tests.Planning.Plans;

public class PlanTargetTests
{
    [Theory]
    [InlineData("50ms/token", 0.05)]
    [InlineData("50 ms", 0.05)]
    [InlineData("0.02s/token", 0.02)]
    [InlineData("20tok/s", 0.05)]
    [InlineData("20 tokens/s", 0.05)]
    [InlineData("800us/token", 0.0008)]
    public void Times_of_a_token_are_read(string text, double seconds)
    {
        Assert.True(PlanTarget.TryParseTokenTime(text, out double read));
        Assert.Equal(seconds, read, 1e-12);
    }

    [Theory]
    [InlineData("")]
    [InlineData("50")]
    [InlineData("ms/token")]
    [InlineData("-5ms/token")]
    [InlineData("0ms")]
    [InlineData("NaNms")]
    [InlineData("∞s")]
    [InlineData("1e999s")]
    public void Other_texts_are_refused(string text) => Assert.False(PlanTarget.TryParseTokenTime(text, out _));

    [Fact]
    public void Targets_are_said_in_words() => Assert.Equal("50 ms/token, 200 users, $1.50/1M output tokens", new PlanTarget(0.05, 200, 1.5).ToString());
}
