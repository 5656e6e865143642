namespace Millrace.Tools.StoryModel.World;

/// <summary>Names, each of which belongs to one pronoun.</summary>
static class Names
{
    static readonly string[] She = Split("""
        Mia Lily Anna Emma Rosa Clara Nora Ella Lucy Molly Daisy Ruby Hazel Ivy Poppy Pearl Stella Luna Greta Wilma
        Tilly Bella Dora Flora Mimi Lotte Hanna Ida Jana Kira Lena Marta Nina Olga Paula Rita Sara Tina Vera Zoe
        Alma Betty Cora Dolly Edith Fanny Gina Holly Iris June Katie Lola Maya Nelly Opal Penny Rosie Sally Tess Una
        Willow Yara Amber Bonnie Coco Della Elsie Fern Ginger Heidi Juno Kiki Maple Misty Nutmeg Olive Pippa Saffy
        Trixie Velvet
        """);

    static readonly string[] He = Split("""
        Tom Max Ben Sam Leo Finn Oscar Hugo Felix Otto Paul Karl Emil Anton Bruno Theo Noah Jack Toby Charlie Rusty
        Barney Bolt Sparky Dusty Pip Milo Rufus Jasper Monty Oliver Henry George Peter Simon Martin Victor Walter
        Albert Arthur Basil Conrad Dexter Edgar Frank Gus Harry Ivan Jonas Kurt Luke Mika Ned Olaf Perry Quentin
        Ralph Stan Tim Uwe Viggo Will Yuri Zack Ash Buddy Cedar Digby Elmo Fritz Gilbert Hobo Jimbo Kip Lenny Mungo
        Nils Patch Robin Scout
        """);

    /// <summary>Beginnings and ends of names that nobody has: whoever meets them learns to take up any name that is said.</summary>
    internal static readonly string[] Beginnings = Split("Ba Bo Da Di Fa Fi Ga Ka Ko La Lo Ma Mo Na Ni Pa Po Ra Ri Sa So Ta To Va Wi Za Zo");

    /// <summary>What goes with <see cref="Beginnings"/>.</summary>
    internal static readonly string[] Ends = Split("ra ri rro lo la lli mo mi no nna nto po ppy ru so ssa ta tti vo xi za zzo bo da");

    /// <summary>The names of those who are "he" or "she".</summary>
    internal static string[] Of(string pronoun) => pronoun == "he" ? He : She;

    static string[] Split(string names) =>
        names.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
