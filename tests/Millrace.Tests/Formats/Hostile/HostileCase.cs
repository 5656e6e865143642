namespace Millrace.Tests.Formats.Hostile;

/// <summary>A file that must be refused, and the message without the file's path.</summary>
sealed record HostileCase(string Name, byte[] Bytes, string Message)
{
    public override string ToString() => Name;
}
