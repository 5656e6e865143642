namespace Millrace.Tools.StoryModel.World;

/// <summary>What a user says to get a story: any part of who, what and where.</summary>
static class Requests
{
    const string Lead =
        "{6:Tell me a {4:|short |little |new |nice }story|2:Write a {2:|short |little |simple }story|Please tell me a {|short }story" +
        "|Can you tell me a {|short }story|I want {to hear |}a story|I would like a story|Make up a story|A story}";

    const string Whole =
        "{2:" + Lead + "|" +
        "8:" + Lead + " about a {3:|<trait> }<kind> who <trouble>|" +
        "6:" + Lead + " about <name>, a {2:|<trait> }<kind> who <trouble>{2:| <in>}|" +
        "4:" + Lead + " about a <kind>{| <in>}|" +
        "5:" + Lead + " {about|with} a {2:|<trait> }<kind> {named|called} <name>{| <in>}|" +
        "2:" + Lead + " about <name>{| <in>}|" +
        "3:" + Lead + " about <name> the <kind>{| <in>}|" +
        "3:" + Lead + " about <topic>{| <in>}|" +
        "3:" + Lead + " about <topic> and a <kind>{| named <name>}|" +
        "2:" + Lead + " {that happens|set} <in>|" +
        "3:" + Lead + " about a <kind> <in> who <trouble>|" +
        "8:" + Lead + " about <name>, a {2:|<trait> }<kind> <in> who <trouble>|" +
        "5:" + Lead + " about a <kind> {named|called} <name>{| <in>} who <trouble>|" +
        "3:" + Lead + " about <name> and <topic>{| <in>}|" +
        "3:" + Lead + " about <name> who <trouble>{| <in>}}";

    internal static Teller Ask(Story story, StoryRandom random) => Ask(story, random, "{4:|Hello! |Please! |Hi. }" + Whole);

    internal static Teller AskAgain(Story story, StoryRandom random) =>
        Ask(story, random, "{Another one, please|Tell me another story|One more story, please|Now tell me a story about a <kind>" +
            "|Now tell me about a <kind> who <trouble>|And a story about <name> the <kind>}");

    static Teller Ask(Story story, StoryRandom random, string template)
    {
        var teller = new Teller(story, random);
        teller.Tell(template);
        teller.Tell("{6:.|3:||, please}");
        return teller;
    }
}
