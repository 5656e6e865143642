namespace Millrace.Tools.StoryModel.World;

/// <summary>One part of a sample.</summary>
/// <param name="Role">"text" for a story told plainly (the only turn then), "user" or "assistant" in a conversation.</param>
/// <param name="Text">What is said, without leading or trailing space.</param>
public sealed record Turn(string Role, string Text);
