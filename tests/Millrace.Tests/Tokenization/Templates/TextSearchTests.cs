namespace Millrace.Tests.Tokenization.Templates;

/// <summary>Searching for long strings, which takes another way than for short ones.</summary>
public class TextSearchTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Finds_what_the_runtime_finds(int seed)
    {
        Random random = new(seed);
        for (int round = 0; round < 100; round++)
        {
            string text = Letters(random, random.Next(0, 400));
            int length = random.Next(1, 120);
            string part = random.Next(2) == 0 && text.Length > length ? text.Substring(random.Next(text.Length - length), length) : Letters(random, length);
            string variables = $$"""{"t": "{{text}}", "p": "{{part}}"}""";
            string expected = $"{text.IndexOf(part, StringComparison.Ordinal)} {text.LastIndexOf(part, StringComparison.Ordinal)} "
                + $"{text.Split(part).Length - 1} {text.Replace(part, "-", StringComparison.Ordinal)} {(text.Contains(part, StringComparison.Ordinal) ? "True" : "False")}";
            Assert.Equal(expected, Rendering.Render("{{ t.find(p) }} {{ t.rfind(p) }} {{ t.count(p) }} {{ t.replace(p, '-') }} {{ p in t }}", variables));
        }
    }

    [Fact]
    public void Takes_linear_time_whatever_the_strings()
    {
        const string Source = "{% set s = 'a' * 400000 %}{% set p = 'a' * 200000 ~ 'b' %}{% set q = 'b' ~ 'a' * 200000 %}"
            + "{{ p in s }}{{ q in s }}{{ s.rfind(p) }}{{ s.count(q) }}{{ s.split(p) | length }}{{ s.replace(q, '') | length }}";
        Assert.Equal("FalseFalse-101400000", Rendering.Render(Source));
    }

    /// <summary>Few letters, so that parts overlap themselves.</summary>
    static string Letters(Random random, int count) => string.Create(count, random, (span, source) =>
    {
        for (int i = 0; i < span.Length; i++)
        {
            span[i] = "aaaab"[source.Next(5)];
        }
    });
}
