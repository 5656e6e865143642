namespace Millrace.Tools.StoryModel.World;

/// <summary>What a character can be.</summary>
/// <param name="Noun">"fox".</param>
/// <param name="Home">Where such a one sleeps: "den".</param>
/// <param name="Gender">"he" or "she" where the noun says it, null where either fits.</param>
/// <param name="Traits">Adjectives that fit.</param>
sealed record Kind(string Noun, string Home, string? Gender, string[] Traits);
