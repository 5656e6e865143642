namespace Millrace.Tools.StoryModel.World;

/// <summary>Phrases that any plot may use, by the name that <c>&lt;@name&gt;</c> calls them.</summary>
internal static class Phrases
{
    /// <summary>Who, what and where, in one or two sentences.</summary>
    private static readonly string[] Openings =
    [
        "Once upon a time, there was a <trait> <kind> named <name>. <He> lived <in>. ",
        "Once upon a time, a <trait> <kind> named <name> lived in a {small|cosy|tidy} <home> <in>. ",
        "Once upon a time, <in>, there lived a <trait> <kind>. <His> name was <name>. ",
        "Once there was a <trait> <kind> whose name was <name>. <Name>'s home was a {warm|little|quiet} <home> <in>. ",
        "<Name> was a <trait> <kind>. <He> lived <in>[ and loved <sight>]. ",
        "Long ago, a <kind> named <name> lived <in>. <He> was {very|quite|always} <trait>. ",
        "There once was a <kind> called <name>. <He> was <trait>, and <he> lived <in>. ",
        "This is the story of <name>, a <trait> <kind> who lived <in>. ",
        "A <trait> <kind> lived <in>. Everyone called <him> <name>. ",
        "Do you know <name>? <Name> is a <trait> <kind> who lives <in>. ",
        "<In>, there lived a <kind> named <name>. <He> was a <trait> <kind>. ",
        "Not so long ago, there was a <trait> <kind> <in>. <His> name was <name>. ",
        "In a <home> <in> lived <name>. <Name> was a <trait> <kind>. ",
        "<Name> the <kind> lived <in>. Of all who lived there, <he> was the most <trait>. ",
    ];

    /// <summary>How it was afterwards, with the place.</summary>
    private static readonly string[] Endings =
    [
        "From that day on, <name> was the {happiest|proudest|most cheerful} <kind> <in>.",
        "That {night|evening}, <name> fell asleep in <his> <home> with a smile.",
        "And everyone <in> was {glad|happy|pleased}.",
        "<Name> {looked at|smiled at} <sight> and felt {happy|warm inside|at home}.",
        "After that, <place> seemed {brighter|friendlier|more beautiful} than ever.",
        "And if you go to <place>, you may still meet <name> there.",
    ];

    internal static readonly Dictionary<string, string[]> Rules = new()
    {
        ["opening"] = Openings,
        ["ending"] = Endings,
        ["sad"] = ["Now <he> was sad. ", "A tear ran down <his> nose. ", "<He> felt like crying. "],
        ["dayLower"] = ["one day", "one morning", "one sunny afternoon", "early one morning"],
        ["day"] =
        [
            "One day", "One morning", "One sunny afternoon", "One {cold|bright|windy|quiet} morning", "Early one morning",
            "One {spring|summer|autumn} day",
        ],
    };
}
