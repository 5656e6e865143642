using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Millrace.Tools.StoryModel.Publishing;

/// <summary>A model of the repository.</summary>
/// <param name="Name">How it is called.</param>
/// <param name="File">Its file, beside the manifest.</param>
/// <param name="Sha256">The file's sum, in small hexadecimal.</param>
/// <param name="Size">The file's bytes.</param>
/// <param name="Licence">The licence, as SPDX names it.</param>
public sealed record ManifestEntry(string Name, string File, string Sha256, long Size, string Licence);

/// <summary>The list of the repository's models, <c>models/manifest.json</c>.</summary>
public sealed record Manifest(IReadOnlyList<ManifestEntry> Models)
{
    /// <summary>The list's file.</summary>
    public const string FileName = "manifest.json";

    static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>The list of models in a folder, from their files.</summary>
    public static Manifest Of(string folder, params IEnumerable<string> names) => new([.. names.Select(name =>
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(folder, name + ".gguf"));
        return new ManifestEntry(name, name + ".gguf", Convert.ToHexStringLower(SHA256.HashData(bytes)), bytes.Length, "MIT");
    })]);

    /// <summary>Reads the list of a folder.</summary>
    public static Manifest Read(string folder) => JsonSerializer.Deserialize<Manifest>(File.ReadAllText(Path.Combine(folder, FileName)), Options)!;

    /// <summary>Writes the list of a folder.</summary>
    public void Write(string folder) => File.WriteAllText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, Options).ReplaceLineEndings("\n") + "\n");
}
