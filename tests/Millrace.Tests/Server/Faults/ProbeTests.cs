using System.Globalization;
using System.Reflection;

namespace Millrace.Tests.Server.Faults;

/// <summary>The bad inputs and faults that a server must be tried with, by number: tests name theirs by the trait <c>Probe</c>, so <c>-trait "Probe=92"</c> runs it.</summary>
public sealed class ProbeTests
{
    // A draft that is always wrong: no engine of this server decodes drafts.
    const int Drafts = 88;

    [Fact]
    public void Every_probe_of_the_server_has_a_test()
    {
        HashSet<int> tried =
        [
            .. typeof(ProbeTests).Assembly.GetTypes()
                .SelectMany(static type => type.GetMethods())
                .SelectMany(static method => method.GetCustomAttributes<TraitAttribute>())
                .Where(static trait => trait.Name == "Probe")
                .SelectMany(static trait => trait.Value.Split(' '))
                .Select(static number => int.Parse(number, CultureInfo.InvariantCulture)),
        ];
        int[] wanted = [.. Enumerable.Range(55, 102 - 55 + 1).Except([Drafts]), 116, 117];
        Assert.Empty(wanted.Except(tried));
    }
}
