namespace Millrace.Tools.StoryModel.World;

/// <summary>What is true in a story. Empty strings where a sample tells no story.</summary>
/// <param name="Plot">The plot's identifier, such as "lost-thing".</param>
/// <param name="Name">The main character's name.</param>
/// <param name="Kind">What the main character is, such as "fox" or "old miller".</param>
/// <param name="Pronoun">"he" or "she".</param>
/// <param name="Place">Where it happens, with its article: "the forest".</param>
/// <param name="Trouble">What goes on, as it follows "a fox who": "lost his kite".</param>
/// <param name="Friend">The second character's name, empty if the plot has none.</param>
/// <param name="Helper">Who helps, such as "old owl", empty if the plot has none.</param>
public sealed record StoryFacts(
    string Plot, string Name, string Kind, string Pronoun, string Place, string Trouble, string Friend, string Helper)
{
    /// <summary>The facts of a sample without a story.</summary>
    public static StoryFacts None { get; } = new("", "", "", "", "", "", "", "");
}
