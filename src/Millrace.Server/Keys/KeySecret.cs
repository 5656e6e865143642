using System.Security.Cryptography;
using System.Text;

namespace Millrace.Server.Keys;

/// <summary>The text of a key: <c>mr-</c>, 8 letters and digits that name it, <c>-</c>, and 43 random letters and digits (256 bits).</summary>
static class KeySecret
{
    const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const string Prefix = "mr-";
    const int IdLength = 8;
    const int SecretLength = 43;
    const int TextLength = 3 + IdLength + 1 + SecretLength;

    /// <summary>Draws a key.</summary>
    public static (string Id, string Text) New()
    {
        string id = RandomNumberGenerator.GetString(Alphabet, IdLength);
        return (id, $"{Prefix}{id}-{RandomNumberGenerator.GetString(Alphabet, SecretLength)}");
    }

    /// <summary>The public part of a key; empty where the text is none.</summary>
    public static string IdOf(string text) =>
        text.Length == TextLength && text.StartsWith(Prefix, StringComparison.Ordinal) && text[Prefix.Length + IdLength] == '-' ? text.Substring(Prefix.Length, IdLength) : "";

    /// <summary>What is stored of a key. Its entropy is beyond guessing, so no slow hash is needed.</summary>
    public static byte[] Digest(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
