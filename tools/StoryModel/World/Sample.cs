namespace Millrace.Tools.StoryModel.World;

/// <summary>One document to learn from: a story told plainly, or a conversation.</summary>
/// <param name="Turns">One "text" turn, or alternating "user" and "assistant" turns, the assistant last.</param>
/// <param name="LogProbability">
/// Natural logarithm of the probability of all choices made for the text that is to be learned: a "text" turn, or
/// the assistant's turns given everything before them. What a user's turn has already said costs nothing when the
/// assistant says it again. A choice counts where it is first seen; <c>-LogProbability</c> is the information in the
/// text, or slightly more (two ways to the same words, a kind that rules out some plots). The end of the turn is
/// not counted: whoever compares with a model adds nothing for it, since stories end by rules that the text shows.
/// The form of the sample (plain, request, ...) and what the user says are given, not counted.
/// </param>
/// <param name="Facts">What is true in the (last) story.</param>
public sealed record Sample(IReadOnlyList<Turn> Turns, double LogProbability, StoryFacts Facts);
