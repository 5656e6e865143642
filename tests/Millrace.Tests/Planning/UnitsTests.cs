using Millrace.Planning;

namespace Millrace.Tests.Planning;

public class UnitsTests
{
    [Theory]
    [InlineData(0.0418, "41.8 ms")]
    [InlineData(0.1234, "123 ms")]
    [InlineData(2.5e-6, "2.5 µs")]
    [InlineData(0, "0 µs")]
    [InlineData(1.5, "1.5 s")]
    [InlineData(7200, "2 h")]
    public void Times_have_three_digits(double seconds, string expected) => Assert.Equal(expected, Units.Time(seconds));

    [Theory]
    [InlineData(0.79, "$0.79")]
    [InlineData(0.0638, "$0.064")]
    [InlineData(171.4, "$171.40")]
    [InlineData(12345.6, "$12,346")]
    [InlineData(0, "$0.00")]
    public void Dollars_have_cents(double dollars, string expected) => Assert.Equal(expected, Units.Dollars(dollars));

    [Theory]
    [InlineData(141.2e9, "141 GB")]
    [InlineData(1024, "1.02 kB")]
    [InlineData(3.35e12, "3.35 TB")]
    public void Bytes_are_decimal(double bytes, string expected) => Assert.Equal(expected, Units.Bytes(bytes));
}
