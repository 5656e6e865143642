using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Millrace.Tools.StoryModel.World;

/// <summary>What plain stories are made of: how varied, how long, how predictable.</summary>
/// <param name="Stories">The stories measured.</param>
/// <param name="Plots">How many plots occurred in them.</param>
/// <param name="Vocabulary">Different words, case and names aside.</param>
/// <param name="WordsPerStory">Mean length in words.</param>
/// <param name="ShortestWords">Length of the shortest story.</param>
/// <param name="LongestWords">Length of the longest story.</param>
/// <param name="NatsPerWord">Mean information of a word.</param>
/// <param name="TopSentence">The commonest sentence, names replaced by "NAME".</param>
/// <param name="TopSentenceShare">Its share of all sentences.</param>
public sealed partial record WorldStatistics(
    int Stories, int Plots, int Vocabulary, double WordsPerStory, int ShortestWords, int LongestWords,
    double NatsPerWord, string TopSentence, double TopSentenceShare)
{
    /// <summary>Measures the plain stories that a seed gives.</summary>
    public static WorldStatistics Measure(ulong seed, int stories)
    {
        var random = new StoryRandom(seed);
        HashSet<string> plots = [], vocabulary = [];
        Dictionary<string, int> sentences = [];
        var (words, shortest, longest, nats) = (0L, int.MaxValue, 0, 0.0);
        for (var n = 0; n < stories;)
        {
            var sample = StoryWorld.Generate(random, Split.Train);
            if (sample.Turns[0].Role != "text")
            {
                continue;
            }
            n++;
            plots.Add(sample.Facts.Plot);
            nats -= sample.LogProbability;
            var text = WithoutNames(sample.Turns[0].Text, sample.Facts);
            var found = Word().Matches(text);
            (words, shortest, longest) = (words + found.Count, Math.Min(shortest, found.Count), Math.Max(longest, found.Count));
            vocabulary.UnionWith(found.Select(match => match.Value.ToLowerInvariant()));
            foreach (var sentence in Sentences(text))
            {
                sentences[sentence] = sentences.GetValueOrDefault(sentence) + 1;
            }
        }
        var top = sentences.MaxBy(pair => pair.Value);
        return new WorldStatistics(stories, plots.Count, vocabulary.Count, (double)words / stories, shortest, longest,
            nats / words, top.Key, (double)top.Value / sentences.Values.Sum());
    }

    /// <summary>The text with the names of its characters replaced by "NAME".</summary>
    public static string WithoutNames(string text, StoryFacts facts)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(facts);
        foreach (var name in new[] { facts.Name, facts.Friend })
        {
            text = name.Length == 0 ? text : Regex.Replace(text, $@"\b{name}\b", "NAME");
        }
        return text;
    }

    /// <summary>The sentences of a text: what ends with a full stop, or a mark with or without a quotation mark, before a capital.</summary>
    public static string[] Sentences(string text) => SentenceEnd().Split(text);

    /// <inheritdoc/>
    public override string ToString() => new StringBuilder()
        .AppendLine(CultureInfo.InvariantCulture, $"stories          {Stories}")
        .AppendLine(CultureInfo.InvariantCulture, $"plots            {Plots}")
        .AppendLine(CultureInfo.InvariantCulture, $"vocabulary       {Vocabulary} words")
        .AppendLine(CultureInfo.InvariantCulture, $"words per story  {WordsPerStory:F1} ({ShortestWords} to {LongestWords})")
        .AppendLine(CultureInfo.InvariantCulture, $"nats per word    {NatsPerWord:F3}")
        .Append(CultureInfo.InvariantCulture, $"top sentence     {TopSentenceShare:P2} {TopSentence}")
        .ToString();

    [GeneratedRegex(@"[A-Za-z]+('[a-z]+)?")]
    private static partial Regex Word();

    [GeneratedRegex("""(?<=[.!?]"?) (?=["A-Z])""")]
    private static partial Regex SentenceEnd();
}
