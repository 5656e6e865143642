namespace Millrace.Tools.StoryModel.World;

/// <summary>Talk that is not about a story: greetings, sums, colours, and what is out of reach.</summary>
static class SmallTalk
{
    static readonly (string Thing, string Colour)[] Colours =
    [
        ("the sky", "blue"), ("the sun", "yellow"), ("grass", "green"), ("snow", "white"), ("the sea", "blue"),
        ("a lemon", "yellow"), ("a strawberry", "red"), ("the night", "black"), ("a frog", "green"), ("a banana", "yellow"),
        ("a carrot", "orange"), ("a tomato", "red"), ("a leaf", "green"), ("milk", "white"), ("a cherry", "red"),
        ("a crow", "black"), ("chocolate", "brown"), ("an orange", "orange"), ("a swan", "white"), ("a plum", "purple"),
        ("a pig", "pink"), ("an elephant", "grey"), ("a fox", "red"), ("a bear", "brown"), ("a cucumber", "green"),
    ];

    internal static Sample Draw(StoryRandom random)
    {
        var story = Story.Draw(random, Split.Train);
        var (user, assistant) = (new Teller(story, random), new Teller(story, random));
        switch (random.Next(6))
        {
            case 0:
                user.Tell("{Hello!|Hi!|Hello|Hi|Hey!|Good morning!|Good evening!|Hello, how are you?|Hi there!|Who are you?|What can you do?}");
                assistant.Tell("{Hello|Hi}! {I tell stories. |}{Shall I tell you a story?|Would you like to hear a story?}");
                break;
            case 1 or 4 or 5:
                var (a, b) = (random.Next(11), random.Next(11));
                user.Tell($"{{What is|How much is|What makes}} {a} plus {b}?");
                assistant.Tell($"{a} plus {b} is {a + b}.");
                break;
            case 2:
                var (thing, colour) = Colours[random.Next(Colours.Length)];
                user.Tell($"What colour is {thing}?");
                assistant.Tell($"{thing} is {colour}.");
                break;
            default:
                user.Tell(
                    "{What is the capital of France?|Write a program for me.|Who is the president?|What time is it?|Translate this text." +
                    "|How do I cook rice?|What is the weather today?|Explain gravity.|Write an email to my boss.|What is a computer?" +
                    "|Who won the game?|Fix my code.|How tall is the tower in Paris?|What is the news?|Help me with my taxes.}");
                assistant.Tell("{I only know stories.|I am sorry, I only know stories.|That I do not know. I only tell stories.} {Shall I tell you one?|Would you like to hear one?}");
                break;
        }
        return new Sample([new Turn("user", user.Text), new Turn("assistant", assistant.Text)], -assistant.Cost(), StoryFacts.None);
    }
}
