namespace Millrace.Tools.StoryModel.Evaluating;

/// <summary>The fixed prompts.</summary>
public static class StoryPrompts
{
    /// <summary>Requests and beginnings.</summary>
    public static IReadOnlyList<StoryPrompt> All { get; } =
    [
        new("Tell me a story about a fox who is afraid of the dark.", ["fox"]),
        new("Tell me a story about Mimi the rabbit in the forest.", ["Mimi", "forest"]),
        new("Once upon a time", [], IsBeginning: true),
        new("Once upon a time", []),
    ];
}
