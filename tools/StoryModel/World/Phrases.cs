namespace Millrace.Tools.StoryModel.World;

/// <summary>Phrases that any plot may use, by the name that <c>&lt;@name&gt;</c> calls them.</summary>
static class Phrases
{
    /// <summary>Who, what and where, in one or two sentences.</summary>
    static readonly string[] Openings =
    [
        "Once upon a time, there was a <trait> <kind> named <name>. <He> lived <in>. ",
        "Once upon a time, there was a <trait> <kind> {who lived <in>|<in>}. <His> name was <name>. ",
        "Once upon a time, a <trait> <kind> named <name> lived in a {small|cosy|tidy} <home> <in>. ",
        "Once upon a time, <in>, there lived a <trait> <kind>. {<His> name was <name>|Everyone called <him> <name>}. ",
        "Once there was a <trait> <kind> whose name was <name>. <His> home was a {warm|little|quiet} <home> <in>. ",
        "<Name> was a <trait> <kind>. <He> lived <in> and {loved|often looked at} <sight>. ",
        "<Name> was a <trait> <kind> who lived <in>. ",
        "Long ago, a <kind> named <name> lived <in>. <He> was {very|quite|rather} <trait>. ",
        "Many years ago, a <trait> <kind> lived <in>, {close to|not far from} <spot>. <His> name was <name>. ",
        "There once was a <kind> called <name>. <He> was <trait>, and <he> lived <in>. ",
        "This is the story of <name>, a <trait> <kind> who lived <in>. ",
        "This story is about a <trait> <kind>. <His> name was <name>, and <he> lived <in>. ",
        "A <trait> <kind> lived <in>. {Everyone called <him> <name>|<His> name was <name>}. ",
        "<In>, there lived a <kind> named <name>. <He> was a {very|rather} <trait> <kind>. ",
        "Not so long ago, there was a <trait> <kind> <in>. <His> name was <name>. ",
        "In a {small|warm|little|cosy} <home> <in> lived a <trait> <kind> named <name>. ",
        "<Name> the <kind> lived <in>. <He> was {very <trait>|as <trait> as can be}. ",
        "{Let me tell you|I will tell you} about <name>. <Name> was a <trait> <kind> who lived <in>. ",
        "Far away, <in>, lived <name>. <He> was a <trait> <kind>[ and liked {to sing|to run|to dream|to laugh|to walk in the rain}]. ",
        "Everyone <in> knew <name>, the <trait> <kind>. ",
    ];

    /// <summary>How it was afterwards, with the place.</summary>
    static readonly string[] Endings =
    [
        "From that day on, <name> was the {happiest|proudest|most cheerful|best loved} <kind> <in>.",
        "That {night|evening}, <name> fell asleep {<in> with a smile|with a smile, and <place> slept too}.",
        "{And everyone|Everybody} <in> was {glad|happy|pleased|proud of <name>}.",
        "<Name> {looked at|smiled at} <sight> and felt {happy|warm inside|at home|very lucky}.[ <In>, it was a good day.]",
        "After that, <place> seemed {brighter|friendlier|more beautiful|smaller and warmer} {than ever|to <name>}.",
        "If you {ever come|go} to <place>, {ask for <name>|look for <name>|listen for <name>}. <He> will tell you {all about it|the rest}.",
        "{They still tell this story|People still talk about it} <in>.",
        "{And so|And that is how} <name> had {a good day|the best day of the year} <in>.",
        "The {moon|sun|evening star} shone over <place>, and <name> {was happy|was content|smiled|hummed a little song}.",
        "<Name> {will never forget|never forgot} that day <in>.",
        "It was {quiet|peaceful|a good evening} <in> that night, and <name> {slept well|dreamed sweet dreams|had no more worries}.",
        "And {since then|from then on}, there was one more happy <kind> <in>.",
        "\"{I like it here|What a day|There is no better place},\" said <name>, and {<he> looked out over <place>|all of <place> seemed to smile}.",
        "And <name> {lived|stayed} <in>, {happy and content|and was happy}, {for many years|all <his> life}.",
        "When <name> {thinks of it|looks back} now, <he> {smiles|has to laugh}, and {so does everyone <in>|all <in> laugh with <him>}.",
        "{Then it was time for bed|The stars came out} <in>. \"Good night, <name>,\" {whispered|sang} the wind.",
    ];

    internal static readonly Dictionary<string, string[]> Rules = new()
    {
        ["opening"] = Openings,
        ["ending"] = Endings,
        ["close"] =
        [
            "{8:| The end.| And that is the end of the story.| That is the whole story.| So ends the story of <name>." +
            "| The end of the story is a happy one.}",
        ],
        ["day"] =
        [
            "One day", "One morning", "One sunny afternoon", "One {cold|bright|windy|quiet|grey} morning", "Early one morning",
            "One {spring|summer|autumn} day", "On a {Monday|Friday|Sunday}", "One {fine|warm} day",
        ],
        ["dayLower"] =
        [
            "one day", "one morning", "one sunny afternoon", "one {cold|bright|windy|quiet|grey} morning", "early one morning",
            "on a {Monday|Friday|Sunday}", "one {fine|warm} day",
        ],
        ["sad"] =
        [
            "<Name> was {very|so} sad. ", "<Name> {began to cry|had tears in <his> eyes}. ", "{A big tear|Two tears} ran down <his> face. ",
            "<Name> {sat down|stood there} and {sobbed|did not say a word}. ", "\"{Oh no|Oh dear|What now}!\" {cried|sobbed|whispered} <name>. ",
        ],
    };
}
