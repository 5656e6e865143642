namespace Millrace.Server.Store;

/// <summary>A file as the hub lists it.</summary>
/// <param name="Path">Its path in the repository.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="Sha256">The digest of a large file; null for one that git itself holds.</param>
/// <param name="GitOid">git's name of a small file: SHA-1 of "blob", its size, a zero byte and its content.</param>
sealed record HubFile(string Path, long Size, Digest? Sha256, string GitOid)
{
    /// <summary>The name under which it waits to be complete.</summary>
    public string PartialName => Sha256 is { } digest ? $"sha256-{digest}.partial" : $"git-{GitOid}.partial";
}
