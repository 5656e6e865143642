namespace Millrace.Tools.StoryModel.World;

/// <summary>All kinds of characters.</summary>
static class Kinds
{
    static readonly string[] YoungTraits =
    [
        "little", "small", "young", "brave", "kind", "shy", "curious", "cheerful", "clever", "gentle", "friendly",
        "lively", "careful", "quiet", "merry", "playful",
    ];

    static readonly string[] GrownTraits =
    [
        "kind", "cheerful", "clever", "gentle", "friendly", "careful", "quiet", "merry", "patient", "busy", "tall",
        "honest",
    ];

    /// <summary>Animals that live on land.</summary>
    internal static readonly Kind[] Animals =
    [
        Young("fox", "den"), Young("rabbit", "burrow"), Young("bear", "cave"), Young("mouse", "hole"),
        Young("hedgehog", "nest of leaves"), Young("squirrel", "tree house"), Young("kitten", "basket"),
        Young("puppy", "basket"), Young("badger", "den"), Young("deer", "bed of leaves"), Young("wolf", "cave"),
        Young("goat", "shed"), Young("lamb", "barn"), Young("pig", "barn"), Young("mole", "burrow"),
        Young("monkey", "tree house"), Young("elephant", "shed"), Young("lion", "cave"), Young("donkey", "stable"),
        Young("pony", "stable"), Young("raccoon", "hollow tree"),
    ];

    /// <summary>Children, and small magic folk who live as children do.</summary>
    internal static readonly Kind[] Children =
    [
        Young("girl", "house", "she"), Young("boy", "house", "he"), Young("princess", "tower", "she"),
        Young("prince", "tower", "he"), Young("dragon", "cave"), Young("fairy", "tree house"), Young("troll", "cave"),
        Young("giant", "big house"), Young("elf", "tree house"),
    ];

    /// <summary>Grown-ups and machines.</summary>
    internal static readonly Kind[] Grown =
    [
        Young("robot", "workshop"), Old("old miller", "mill"), Old("baker", "bakery"), Old("gardener", "cottage"),
        Old("farmer", "farmhouse"), Old("painter", "cottage"), Old("sailor", "boat house"), Old("shepherd", "hut"),
        Old("wizard", "tower", "he"), Old("old woman", "cottage", "she"), Old("old man", "cottage", "he"),
        Old("tailor", "shop"),
    ];

    /// <summary>Those to whom mothers sing and who learn to swim.</summary>
    internal static readonly Kind[] AllYoung = [.. Animals, .. Children];

    /// <summary>Everybody.</summary>
    internal static readonly Kind[] Everyone = [.. Animals, .. Children, .. Grown];

    /// <summary>Those who turn up as a second character.</summary>
    internal static readonly Kind[] Friends = [.. Animals, .. Children];

    internal static readonly Dictionary<string, Kind> ByNoun = Everyone.ToDictionary(kind => kind.Noun);

    /// <summary>Wise ones who help, with their pronoun.</summary>
    internal static readonly string[] Helpers =
    [
        "old owl/she", "wise turtle/he", "grey heron/she", "kind crow/he", "old goose/she", "friendly postman/he",
        "old fisherman/he", "kind nurse/she", "big brown bear/he", "white swan/she", "tall woodcutter/he",
        "beekeeper/she", "old toad/he", "hen from next door/she", "travelling tinker/he", "young teacher/she",
    ];

    static Kind Young(string noun, string home, string? gender = null) => new(noun, home, gender, YoungTraits);

    static Kind Old(string noun, string home, string? gender = null) => new(noun, home, gender, GrownTraits);
}
