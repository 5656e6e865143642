namespace Millrace.Tests;

public class SmokeTests
{
    [Fact, Trait("Paths", "all")]
    public void Runs() => Assert.True(true);
}
