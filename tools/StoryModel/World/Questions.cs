namespace Millrace.Tools.StoryModel.World;

/// <summary>Questions about a story that has been told, and their answers.</summary>
internal static class Questions
{
    private static readonly (string Question, string Answer)[] Common =
    [
        ("{Who is in the story?|Who is the story about?|Who is it about?}", "{The story is about <name>, a <kind>.|It is about a <kind> named <name>.}"),
        ("{Where does <name> live?|Where did <he> live?|Where is <name>'s home?}", "<Name> lives <in>."),
        ("{Where does the story happen?|Where was it?}", "{The story happens <in>.|It happens <in>.}"),
        ("{What kind of character is <name>?|Who is <name>?|What is <name>?}", "<Name> is a <kind>."),
        ("{How did it end?|How does the story end?|What happened in the end?}", "<@end>"),
    ];

    /// <summary>Adds a question and its answer; the cost of the answer.</summary>
    internal static double Ask(List<Turn> turns, Story story, StoryRandom random)
    {
        var own = story.Plot.Questions;
        var index = random.Next(Common.Length + (2 * own.Length));
        var (question, answer) = index < Common.Length ? Common[index] : own[(index - Common.Length) / 2];
        var user = new Teller(story, random);
        user.Tell(question);
        if (turns.Any(turn => turn.Text == user.Text))
        {
            return Ask(turns, story, random);
        }
        var assistant = new Teller(story, random);
        assistant.Tell(answer == "<@end>" ? story.Plot.End : answer);
        turns.Add(new Turn("user", user.Text));
        turns.Add(new Turn("assistant", assistant.Text));
        return assistant.Cost();
    }
}
