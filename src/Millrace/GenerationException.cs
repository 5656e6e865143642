namespace Millrace;

/// <summary>A generation failed; the cause is inside. Others are not affected.</summary>
public sealed class GenerationException(Exception cause) : Exception(cause.Message, cause);
