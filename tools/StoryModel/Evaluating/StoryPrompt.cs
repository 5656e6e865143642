namespace Millrace.Tools.StoryModel.Evaluating;

/// <summary>A fixed prompt, and what its answer must keep.</summary>
/// <param name="Text">What the user says, or the beginning of a story.</param>
/// <param name="Keeps">Words that the answer must hold: the name or kind of the character and the place, where the prompt says them.</param>
/// <param name="IsBeginning">Whether it is given without the chat template, to be continued.</param>
/// <param name="IsTalk">Whether it asks for no story; what must be kept is then what is right.</param>
public sealed record StoryPrompt(string Text, string[] Keeps, bool IsBeginning = false, bool IsTalk = false);
