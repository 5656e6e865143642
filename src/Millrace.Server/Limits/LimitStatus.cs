namespace Millrace.Server.Limits;

/// <summary>How a rate limit stands.</summary>
/// <param name="Most">What it allows in a minute.</param>
/// <param name="Remaining">What is left now.</param>
/// <param name="Reset">When all of it is left again.</param>
public readonly record struct LimitStatus(long Most, long Remaining, TimeSpan Reset);
