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

    /// <summary>The names of those who are "he" or "she".</summary>
    internal static string[] Of(string pronoun) => pronoun == "he" ? He : She;

    static string[] Split(string names) =>
        names.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
