using System.Text;
using CsCheck;
using Millrace.Sampling;

namespace Millrace.Tests.Sampling;

public sealed class StopMatcherTests
{
    [Theory]
    [InlineData("hello world", "wor", "hello ", "wor")]
    [InlineData("aaab", "aab", "a", "aab")]
    [InlineData("abababac", "ababac", "ab", "ababac")] // a prefix of itself
    [InlineData("she sells", "he she hers", "", "she")] // they end together: the longest
    [InlineData("ushers", "hers she", "u", "she")] // the one that ends first
    [InlineData("no such thing", "xyz", "no such thing", null)]
    [InlineData("almost sto", "stop", "almost sto", null)]
    [InlineData("<|im_e<|im_end|>x", "<|im_end|>", "<|im_e", "<|im_end|>")]
    [InlineData("one\n\ntwo", "\n\n \n", "one", "\n")]
    public void The_text_ends_before_the_first_stop_string(string text, string stops, string expected, string? found)
    {
        for (int piece = 1; piece <= text.Length; piece++)
        {
            var matcher = new StopMatcher(stops.Split(' '));
            var result = new StringBuilder();
            for (int i = 0; i < text.Length; i += piece)
            {
                result.Append(matcher.Push(text.AsSpan(i, Math.Min(piece, text.Length - i))));
            }

            result.Append(matcher.Flush());
            Assert.Equal(expected, result.ToString());
            Assert.Equal(found, matcher.Found);
            Assert.Equal(found is not null, matcher.Stopped);
        }
    }

    [Fact]
    public void Only_what_may_begin_a_stop_string_is_held_back()
    {
        var matcher = new StopMatcher(["STOP"]);
        Assert.Equal("a", matcher.Push("aST"));
        Assert.Equal("ST", matcher.Push("S"));
        Assert.Equal("S!", matcher.Push("!"));
        Assert.Equal("", matcher.Push("STO"));
        Assert.Equal("", matcher.Push("P and more"));
        Assert.Equal("", matcher.Push("nothing"));
    }

    [Fact]
    public void It_agrees_with_a_search_from_every_position() =>
        Gen.Select(Gen.Char["ab"].Array[1, 4].Select(chars => new string(chars)).Array[1, 5], Gen.Char["abc"].Array[0, 30].Select(chars => new string(chars)), Gen.Int[1, 5])
            .Sample((stops, text, piece) =>
            {
                var matcher = new StopMatcher(stops);
                string actual = string.Concat(text.Chunk(piece).Select(chunk => matcher.Push(chunk))) + matcher.Flush();
                Assert.Equal(Reference(stops, text), actual);
            }, iter: 5000);

    [Fact]
    public void Ten_thousand_stop_strings_cost_no_more_per_character()
    {
        string[] stops = [.. Enumerable.Range(0, 10_000).Select(i => $"stop {i} {new string('a', i % 50)}")];
        var matcher = new StopMatcher(stops);
        var text = new string('a', 1_000_000);
        Assert.Equal(text.Length, matcher.Push(text).Length + matcher.Flush().Length);
        matcher = new StopMatcher([new string('a', 100_000) + "b"]);
        Assert.Equal(text.Length, matcher.Push(text).Length + matcher.Flush().Length);
    }

    [Fact]
    public void An_empty_stop_string_is_refused() =>
        Assert.Throws<ArgumentException>(() => new StopMatcher(["a", ""]));

    static string Reference(string[] stops, string text)
    {
        for (int end = 1; end <= text.Length; end++)
        {
            int longest = stops.Where(stop => text.AsSpan(0, end).EndsWith(stop, StringComparison.Ordinal)).Select(stop => stop.Length).DefaultIfEmpty().Max();
            if (longest > 0)
            {
                return text[..(end - longest)];
            }
        }

        return text;
    }
}
