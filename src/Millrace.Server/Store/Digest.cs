using System.Buffers;
using System.Security.Cryptography;

namespace Millrace.Server.Store;

/// <summary>A SHA-256 by which content is named: 64 lower-case hexadecimal digits, and so safe in a path.</summary>
public readonly record struct Digest
{
    const int Digits = 2 * SHA256.HashSizeInBytes;

    static readonly SearchValues<char> Hexadecimal = SearchValues.Create("0123456789abcdef");

    Digest(string hex) => Hex = hex;

    /// <summary>The digits.</summary>
    public string Hex { get; }

    /// <summary>Reads 64 lower-case hexadecimal digits.</summary>
    /// <returns>Whether the text is that and nothing else.</returns>
    public static bool TryParse(string? text, out Digest digest)
    {
        bool valid = text is { Length: Digits } && IsHexadecimal(text);
        digest = valid ? new Digest(text!) : default;
        return valid;
    }

    /// <summary>The digest of bytes.</summary>
    public static Digest Of(ReadOnlySpan<byte> content) => FromHash(SHA256.HashData(content));

    /// <summary>A digest that was computed.</summary>
    public static Digest FromHash(ReadOnlySpan<byte> hash) => new(Convert.ToHexStringLower(hash));

    /// <summary>Whether a text is lower-case hexadecimal digits.</summary>
    internal static bool IsHexadecimal(string text) => !text.AsSpan().ContainsAnyExcept(Hexadecimal);

    /// <inheritdoc/>
    public override string ToString() => Hex;
}
