namespace Millrace.Tools.StoryModel.World;

/// <summary>Questions about a story that has been told, and their answers.</summary>
static class Questions
{
    static readonly (string Question, string Answer)[] Common =
    [
        ("{Who is in the story?|Who is the story about?|Who is it about?}", "<@who>"),
        ("{What is the name of the <kind>?|What is the <kind> called?|What is the <kind>'s name?}", "{The <kind> is called <name>.|The <kind>'s name is <name>.}"),
        ("{Where did <name> go?|Where did <he> go?}", "{<He>|<Name>} {was at|went to} <spot>."),
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
        if (turns.Any(turn => turn.Text == user.Text) || (answer.Contains("<spot>", StringComparison.Ordinal) && !story.WasSaid("spot")))
        {
            return Ask(turns, story, random);
        }
        var assistant = new Teller(story, random);
        assistant.Tell(answer switch { "<@end>" => story.Plot.End, "<@who>" => Who(story.Plot), _ => answer });
        turns.Add(new Turn("user", user.Text));
        turns.Add(new Turn("assistant", assistant.Text));
        return assistant.Cost();
    }

    static string Who(Plot plot) =>
        "{The story is about|It is about} " + plot switch
        {
            { HasFriend: true } => "<name>, a <kind>, and <friend>, a <friend.kind>.",
            { HasHelper: true } => "<name>, a <kind>, and a <helper>.",
            _ => "{<name>, a <kind>|a <kind> named <name>}.",
        };
}
