namespace Millrace.Tools.StoryModel.World;

/// <summary>Where a story happens.</summary>
/// <param name="Noun">With its article: "the forest".</param>
/// <param name="Preposition">What leads the noun where somebody is: "in".</param>
/// <param name="Spots">Places inside it, that one can go to, sit by or hide behind: "the old oak".</param>
/// <param name="Sights">What one can look at there, plural: "the tall trees".</param>
/// <param name="Water">Whether there is water to swim, fish and row in.</param>
sealed record Place(string Noun, string Preposition, string[] Spots, string[] Sights, bool Water = false);
