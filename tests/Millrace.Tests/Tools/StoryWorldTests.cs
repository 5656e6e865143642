using System.Globalization;
using System.Text.RegularExpressions;
using Millrace.Tools.StoryModel.World;

namespace Millrace.Tests.Tools;

public sealed partial class StoryWorldTests(ITestOutputHelper output)
{
    const int Count = 6000;

    static readonly Sample[] Train = Generate(seed: 11, Split.Train);
    static readonly Sample[] HeldOut = Generate(seed: 12, Split.HeldOut);

    /// <summary>Told stories with their facts: the last story of each sample, which is what the facts are about.</summary>
    static readonly (string Text, StoryFacts Facts, Sample Sample)[] Stories =
        [.. Train.Where(sample => sample.Facts.Plot.Length > 0)
            .Select(sample => (sample.Turns.Last(turn => turn.Role != "user" && turn.Text.Length > 200).Text, sample.Facts, sample))];

    static Sample[] Generate(ulong seed, Split split)
    {
        var random = new StoryRandom(seed);
        return [.. Enumerable.Range(0, Count).Select(_ => StoryWorld.Generate(random, split))];
    }

    static IEnumerable<(Turn Question, Turn Answer, StoryFacts Facts)> Exchanges() =>
        from sample in Train
        from index in Enumerable.Range(0, sample.Turns.Count - 1)
        where sample.Turns[index].Role == "user"
        select (sample.Turns[index], sample.Turns[index + 1], sample.Facts);

    [Fact]
    public void Stories_are_varied_enough_to_generalise_and_small_enough_to_learn()
    {
        var statistics = WorldStatistics.Measure(seed: 7, stories: 20_000);
        output.WriteLine(statistics.ToString());
        Assert.True(statistics.Plots >= 40);
        Assert.Equal(StoryWorld.PlotCount, statistics.Plots);
        Assert.InRange(statistics.TopSentenceShare, 0, 0.01);
        Assert.InRange(statistics.Vocabulary, 1000, 2500);
        Assert.InRange(statistics.ShortestWords, 60, 220);
        Assert.InRange(statistics.LongestWords, 60, 220);
        Assert.InRange(statistics.NatsPerWord, 0.25, 0.5);
    }

    [Fact]
    public void Held_out_combinations_never_occur_in_training()
    {
        var seen = Train.Where(sample => sample.Facts.Plot.Length > 0).Select(Combination).ToHashSet();
        var kept = HeldOut.Where(sample => sample.Facts.Plot.Length > 0).Select(Combination).ToHashSet();
        Assert.NotEmpty(kept);
        Assert.Empty(seen.Intersect(kept));
        Assert.All(seen, combination => Assert.Equal(Split.Train, SplitOf(combination)));
        Assert.All(kept, combination => Assert.Equal(Split.HeldOut, SplitOf(combination)));

        static (string, string, string) Combination(Sample sample) => (sample.Facts.Plot, sample.Facts.Kind, sample.Facts.Place);
        static Split SplitOf((string Plot, string Kind, string Place) of) => StoryWorld.SplitOf(of.Plot, of.Kind, of.Place);
    }

    [Fact]
    public void The_same_seed_tells_the_same_stories()
    {
        var again = Generate(seed: 11, Split.Train);
        Assert.Equal(Train.Select(Written), again.Select(Written));

        static string Written(Sample sample) =>
            string.Join('\n', sample.Turns.Select(turn => turn.Role + turn.Text)) + sample.LogProbability + sample.Facts;
    }

    [Fact]
    public void Articles_spaces_and_punctuation_are_right()
    {
        foreach (var turn in Train.Concat(HeldOut).SelectMany(sample => sample.Turns))
        {
            var match = Mistake().Match(turn.Text);
            Assert.False(match.Success, $"'{match.Value}' in: {turn.Text}");
        }
    }

    [Fact]
    public void A_story_keeps_its_name_kind_and_place_and_comes_back_to_the_place()
    {
        foreach (var (text, facts, _) in Stories)
        {
            Assert.Contains(facts.Name, text, StringComparison.Ordinal);
            Assert.Contains(facts.Kind, text, StringComparison.Ordinal);
            Assert.Contains(facts.Place, text, StringComparison.OrdinalIgnoreCase);
        }
        var name = Stories.Average(story => InSecondHalf(story.Text, story.Facts.Name));
        var place = Stories.Average(story => InSecondHalf(story.Text, story.Facts.Place));
        output.WriteLine($"in the second half: the name in {name:P1} of stories, the place in {place:P1}");
        Assert.InRange(name, 0.98, 1);
        Assert.InRange(place, 0.95, 1);

        static double InSecondHalf(string text, string what) =>
            text[(text.Length / 2)..].Contains(what, StringComparison.OrdinalIgnoreCase) ? 1 : 0;
    }

    [Fact]
    public void The_opening_has_the_pronoun_of_the_character()
    {
        foreach (var (text, facts, _) in Stories)
        {
            var opening = string.Join(' ', WorldStatistics.Sentences(text).Take(2));
            var wrong = facts.Pronoun == "he" ? "She " : "He ";
            Assert.DoesNotContain(wrong + "was ", opening, StringComparison.Ordinal);
            Assert.DoesNotContain(wrong + "lived ", opening, StringComparison.Ordinal);
            Assert.DoesNotContain((facts.Pronoun == "he" ? "Her" : "His") + " name", opening, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_named_character_in_a_request_is_the_character_of_the_story()
    {
        var asked = 0;
        foreach (var (_, facts, sample) in Stories)
        {
            var match = Regex.Match(sample.Turns[0].Text, @"story (?:about|with) .*\b(?:named|called) ([A-Z][a-z]+)");
            if (sample.Turns is [{ Role: "user" }, { Role: "assistant" }] && match.Success)
            {
                asked++;
                Assert.Equal(facts.Name, match.Groups[1].Value);
            }
        }
        Assert.InRange(asked, 50, Count);
    }

    [Fact]
    public void A_story_begun_by_the_user_is_told_with_that_beginning()
    {
        var begun = 0;
        foreach (var sample in Train.Where(sample => sample.Turns[0].Text.StartsWith("Continue this story: ", StringComparison.Ordinal)))
        {
            begun++;
            Assert.StartsWith(sample.Turns[0].Text["Continue this story: ".Length..], sample.Turns[1].Text, StringComparison.Ordinal);
        }
        Assert.InRange(begun, 20, Count);
    }

    [Fact]
    public void Log_probabilities_are_finite_and_what_the_user_said_costs_nothing()
    {
        Assert.All(Train, sample => Assert.InRange(sample.LogProbability, -400, 0));
        var plain = Train.Where(sample => sample.Turns[0].Role == "text").Average(sample => sample.LogProbability);
        var asked = Train.Where(sample => sample.Turns is [{ Role: "user" }, _] && sample.Facts.Plot.Length > 0)
            .Average(sample => sample.LogProbability);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"plain {plain:F1} nats, told by request or begun {asked:F1}"));
        Assert.True(asked > plain + 2);
    }

    [Fact]
    public void Sums_are_right_and_certain()
    {
        var sums = 0;
        foreach (var sample in Train)
        {
            if (Sum().Match(sample.Turns[0].Text) is { Success: true } match)
            {
                sums++;
                var (a, b) = (int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));
                Assert.Equal($"{a} plus {b} is {a + b}.", sample.Turns[1].Text);
                Assert.Equal(0, sample.LogProbability);
            }
        }
        Assert.InRange(sums, 10, Count);
    }

    [Theory]
    [InlineData("Where does the story happen?")]
    [InlineData("Where is ")]
    [InlineData("Who is in the story?")]
    [InlineData("What is the name of the ")]
    [InlineData("Who helped him?")]
    [InlineData("Who helped her?")]
    [InlineData("What was ")]
    public void Answers_agree_with_the_facts(string question)
    {
        var asked = 0;
        foreach (var (user, assistant, facts) in Exchanges().Where(pair => pair.Question.Text.StartsWith(question, StringComparison.Ordinal)))
        {
            asked++;
            var answer = assistant.Text;
            Assert.Matches("^[A-Z].*[.!\"]$", answer);
            switch (user.Text)
            {
                case "Where does the story happen?" or ['W', 'h', 'e', 'r', 'e', ' ', 'i', 's', .., 'h', 'o', 'm', 'e', '?']:
                    Assert.Contains(facts.Place, answer, StringComparison.Ordinal);
                    break;
                case "Who is in the story?":
                    Assert.Contains(facts.Name, answer, StringComparison.Ordinal);
                    Assert.Contains(facts.Friend, answer, StringComparison.Ordinal);
                    Assert.Contains(facts.Helper, answer, StringComparison.Ordinal);
                    break;
                case "Who helped him?" or "Who helped her?":
                    Assert.Contains(facts.Helper, answer, StringComparison.Ordinal);
                    break;
                case ['W', 'h', 'a', 't', ' ', 'i', 's', ' ', 't', 'h', 'e', ' ', 'n', 'a', 'm', 'e', ..]:
                    Assert.Contains(facts.Name, answer, StringComparison.Ordinal);
                    break;
            }
        }
        Assert.InRange(asked, 1, Count);
    }

    /// <summary>A wrong article, a template's mark, a double space or mark, a sentence without capital, speech without mark.</summary>
    [GeneratedRegex("""[{}\[\]|<>]|  |,,|\.\.|\b[Aa] [aeiou]|\b[Aa]n (?!hour)[^aeiou]|[?!][,.?!]| [,.!?]|\. [a-z]|[a-z]"[ .]| i |^[a-z]|_""")]
    private static partial Regex Mistake();

    [GeneratedRegex(@"^(?:What is|How much is|What makes) (\d+) plus (\d+)\?$")]
    private static partial Regex Sum();
}
