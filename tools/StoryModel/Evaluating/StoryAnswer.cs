using System.Text.RegularExpressions;

namespace Millrace.Tools.StoryModel.Evaluating;

/// <summary>What a model answered.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Text">The answer, as it came.</param>
/// <param name="Ended">Whether an end token came within the limit.</param>
public sealed partial record StoryAnswer(StoryPrompt Prompt, string Text, bool Ended)
{
    /// <summary>Whether the words that the prompt asks to keep are there, and names still in the second half.</summary>
    public bool Keeps =>
        Prompt.Keeps.All(word => Text.Contains(word, StringComparison.OrdinalIgnoreCase))
        && Prompt.Keeps.Where(word => char.IsUpper(word[0])).All(name => Text.AsSpan(Text.Length / 2).Contains(name, StringComparison.Ordinal));

    /// <summary>Whether a sentence comes twice in a row, or three times.</summary>
    public bool Loops
    {
        get
        {
            string[] sentences = [.. Sentence().Matches(Text).Select(match => match.Value.Trim())];
            return sentences.Zip(sentences.Skip(1)).Any(pair => pair.First == pair.Second)
                || sentences.GroupBy(sentence => sentence).Any(group => group.Count() > 2);
        }
    }

    [GeneratedRegex("[^.!?]+[.!?]+\"?")]
    private static partial Regex Sentence();
}
