namespace Millrace.Tools.StoryModel.World;

/// <summary>Talk that is not about a story: greetings, sums, colours, and what is out of reach.</summary>
internal static class SmallTalk
{
    private static readonly (string Thing, string Colour)[] Colours =
    [
        ("the sky", "blue"), ("the sun", "yellow"), ("grass", "green"), ("snow", "white"), ("the sea", "blue"),
        ("a lemon", "yellow"), ("a strawberry", "red"), ("the night", "black"), ("a frog", "green"), ("a banana", "yellow"),
    ];

    internal static Sample Draw(StoryRandom random)
    {
        var story = Story.Draw(random, Split.Train);
        var (user, assistant) = (new Teller(story, random), new Teller(story, random));
        switch (random.Next(4))
        {
            case 0:
                user.Tell("{Hello!|Hi!|Good morning!|Good evening!|Hello, how are you?}");
                assistant.Tell("{Hello|Hi}! {Shall I tell you a story?|Would you like to hear a story?}");
                break;
            case 1:
                var (a, b) = (random.Next(11), random.Next(11));
                user.Tell($"{{What is|How much is}} {a} plus {b}?");
                assistant.Tell($"{a} plus {b} is {a + b}.");
                break;
            case 2:
                var (thing, colour) = Colours[random.Next(Colours.Length)];
                user.Tell($"What colour is {thing}?");
                assistant.Tell($"{thing} is {colour}.");
                break;
            default:
                user.Tell("{What is the capital of France?|Write a program for me.|Who is the president?}");
                assistant.Tell("{I only know stories.|I am sorry, I only know stories.} {Shall I tell you one?|Would you like to hear one?}");
                break;
        }
        return new Sample([new Turn("user", user.Text), new Turn("assistant", assistant.Text)], -assistant.Cost(), StoryFacts.None);
    }
}
