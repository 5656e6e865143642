namespace Millrace.Server.Store;

/// <summary>The name of a model of a hub: <c>owner/name</c>, then perhaps a colon and a file or a quantization. A name that is one is safe in a path.</summary>
public sealed record ModelName
{
    /// <summary>What stands for no tag.</summary>
    public const string DefaultTag = "latest";

    const int MostOfPart = 96;
    const int MostOfTag = 200;

    ModelName(string owner, string repository, string tag) => (Owner, Repository, Tag) = (owner, repository, tag);

    /// <summary>Whose it is.</summary>
    public string Owner { get; }

    /// <summary>The repository's own name.</summary>
    public string Repository { get; }

    /// <summary>A file of the repository or a quantization, or <see cref="DefaultTag"/>.</summary>
    public string Tag { get; }

    /// <summary>Owner and repository.</summary>
    public string Id => $"{Owner}/{Repository}";

    /// <summary>Reads a name.</summary>
    /// <returns>The name, or null where the text is none.</returns>
    public static ModelName? TryParse(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string id = colon < 0 ? text : text[..colon], tag = colon < 0 ? DefaultTag : text[(colon + 1)..];
        return id.Split('/') is [string owner, string repository] && IsPart(owner) && IsPart(repository) && tag.Length <= MostOfTag && IsRelativePath(tag)
            ? new ModelName(owner, repository, tag)
            : null;
    }

    /// <summary>Reads a name.</summary>
    /// <exception cref="StoreException">The text is none.</exception>
    public static ModelName Parse(string text) =>
        TryParse(text) ?? throw new StoreException($"model name: expected owner/name or owner/name:FILE_or_QUANT, found '{Shown(text)}'");

    /// <summary>Whether a path of a repository stays below the folder that it is put in, on any system.</summary>
    public static bool IsRelativePath(string path) => path.Length is > 0 and <= 1024 && path.Split('/').All(IsPathPart);

    /// <summary>A text by strangers for a message: short, without control characters.</summary>
    internal static string Shown(string text) => string.Concat(text.Take(200).Select(c => char.IsControl(c) ? '?' : c));

    /// <inheritdoc/>
    public override string ToString() => Tag == DefaultTag ? Id : $"{Id}:{Tag}";

    static bool IsPart(string part) =>
        part.Length is > 0 and <= MostOfPart && char.IsAsciiLetterOrDigit(part[0]) && !part.Contains("..", StringComparison.Ordinal)
        && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    // Windows cuts dots and spaces off the end of names, and has drives and streams behind colons.
    static bool IsPathPart(string part) =>
        part.Length is > 0 and <= 200 && part[^1] is not ('.' or ' ') && !part.Any(c => char.IsControl(c) || c is '\\' or ':' or '*' or '?' or '"' or '<' or '>' or '|');
}
