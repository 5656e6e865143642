namespace Millrace.Server.Prices;

/// <summary>A price list does not say what it must.</summary>
/// <param name="file">The path of the file.</param>
/// <param name="key">The key at fault, by its path: <c>prices.story.output</c>.</param>
/// <param name="expected">What is allowed.</param>
/// <param name="found">What stands there.</param>
public sealed class PriceListException(string file, string key, string expected, string found)
    : IOException($"{file}: {key}: expected {expected}, found {found}")
{
    /// <summary>The path of the file.</summary>
    public string File { get; } = file;

    /// <summary>The key at fault.</summary>
    public string Key { get; } = key;
}
