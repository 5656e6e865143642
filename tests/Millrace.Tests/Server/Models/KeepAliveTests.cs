using Millrace.Server.Models;

namespace Millrace.Tests.Server.Models;

/// <summary>Durations as Ollama's users write them.</summary>
public sealed class KeepAliveTests
{
    [Theory]
    [InlineData("10m", 600)]
    [InlineData("1h30m", 5400)]
    [InlineData("1.5s", 1.5)]
    [InlineData("250ms", 0.25)]
    [InlineData("90", 90)]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    [InlineData("+5m", 300)]
    [InlineData("-1", -1)]
    [InlineData("-5m", -1)]
    [InlineData("9999999h", -1)]
    [InlineData("1e300", -1)]
    public void Duration_is_read(string text, double seconds)
    {
        Assert.True(KeepAlive.TryParse(text, out TimeSpan keepAlive));
        Assert.Equal(seconds < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(seconds), keepAlive);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("m")]
    [InlineData("10x")]
    [InlineData("10m5")]
    [InlineData("--5m")]
    [InlineData("1..5s")]
    [InlineData("5 m")]
    [InlineData("for ever")]
    [InlineData("NaN")]
    public void Anything_else_is_not(string text) => Assert.False(KeepAlive.TryParse(text, out _));
}
