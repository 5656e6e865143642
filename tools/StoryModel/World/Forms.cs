namespace Millrace.Tools.StoryModel.World;

/// <summary>The forms that samples come in: plain stories and conversations.</summary>
static class Forms
{
    internal static Sample Draw(StoryRandom random, Split split)
    {
        var form = random.Next(100);
        return form switch
        {
            < 45 => Plain(random, Story.Draw(random, split)),
            < 57 => Continuation(random, Story.Draw(random, split)),
            < 82 => Conversation(random, split, questions: 0),
            < 92 => Conversation(random, split, questions: 1 + random.Next(3)),
            _ => SmallTalk.Draw(random),
        };
    }

    /// <summary>Tells the whole story.</summary>
    static Teller TellStory(Story story, StoryRandom random)
    {
        var teller = new Teller(story, random);
        teller.Tell("<@opening>");
        teller.Tell("<plot>");
        foreach (var act in story.Plot.Acts)
        {
            teller.Tell(act);
        }
        teller.Tell("<@ending><@close>");
        return teller;
    }

    static Sample Plain(StoryRandom random, Story story)
    {
        var teller = TellStory(story, random);
        return new Sample([new Turn("text", teller.Text)], -teller.Cost(), story.Facts(random));
    }

    /// <summary>The user gives the beginning, up to some word; the assistant tells the story with that beginning.</summary>
    static Sample Continuation(StoryRandom random, Story story)
    {
        var teller = TellStory(story, random);
        var text = teller.Text;
        var cut = Cut(text, random);
        var user = text[..cut];
        var request = new Teller(story, random);
        request.Tell("{4:|Continue this story: |Go on with this story: |How does this story go on? |Finish this story: }");
        var lead = request.Text.Length == 0 ? "" : request.Text + " ";
        return new Sample(
            [new Turn("user", lead + user), new Turn("assistant", text)],
            -teller.Cost(cut), story.Facts(random));
    }

    /// <summary>A place to cut, at a space: after the first words, the first or second sentence, or anywhere near.</summary>
    static int Cut(string text, StoryRandom random)
    {
        const string bare = "Once upon a time,";
        if (text.StartsWith(bare, StringComparison.Ordinal) && random.Next(2) == 0)
        {
            return bare.Length;
        }
        if (random.Next(2) == 0)
        {
            var first = text.IndexOf(". ", StringComparison.Ordinal) + 1;
            return random.Next(2) == 0 ? first : text.IndexOf(". ", first, StringComparison.Ordinal) + 1;
        }
        var from = 10 + random.Next(120);
        return text.IndexOf(' ', from);
    }

    /// <summary>A request, the story, and questions about it; at times a second request.</summary>
    static Sample Conversation(StoryRandom random, Split split, int questions)
    {
        List<Turn> turns = [];
        var cost = 0.0;
        var story = Story.Draw(random, split);
        cost += Exchange(turns, Requests.Ask(story, random), TellStory(story, random));
        for (var i = 0; i < questions; i++)
        {
            cost += Questions.Ask(turns, story, random);
        }
        if (questions == 0 && random.Next(12) == 0)
        {
            story = Story.Draw(random, split);
            cost += Exchange(turns, Requests.AskAgain(story, random), TellStory(story, random));
        }
        return new Sample(turns, -cost, story.Facts(random));
    }

    static double Exchange(List<Turn> turns, Teller user, Teller assistant)
    {
        turns.Add(new Turn("user", user.Text));
        turns.Add(new Turn("assistant", assistant.Text));
        return assistant.Cost();
    }
}
