using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Millrace.Server.Store;

/// <summary>A file of a model: its path in the model, its bytes, and the blob that holds them.</summary>
public sealed record ManifestFile(string Path, long Size, string Sha256)
{
    /// <summary>The blob's name.</summary>
    /// <exception cref="StoreException">It is none.</exception>
    [JsonIgnore]
    public Digest Digest => Digest.TryParse(Sha256, out Digest digest) ? digest : throw new StoreException($"{Path}: expected a sha256 of 64 lower-case hexadecimal digits, found '{ModelName.Shown(Sha256)}'");
}

/// <summary>A model that is there as a whole. It is written last, so that what it names exists.</summary>
/// <param name="Name">Its name, as <see cref="ModelName"/> writes it.</param>
/// <param name="Source">Where it came from, and which revision.</param>
/// <param name="Quantization">How its weights are stored, as its files' names or its configuration say; empty where they do not.</param>
/// <param name="Pulled">When, in UTC.</param>
/// <param name="Files">Its files, by path.</param>
public sealed record Manifest(string Name, string Source, string Quantization, DateTimeOffset Pulled, IReadOnlyList<ManifestFile> Files)
{
    /// <summary>The digest of all content: paths and blobs, nothing else.</summary>
    [JsonIgnore]
    public Digest Digest => Digest.Of(Encoding.UTF8.GetBytes(string.Concat(Files.Select(file => $"{file.Sha256} {file.Path}\n"))));

    /// <summary>Bytes of all files.</summary>
    [JsonIgnore]
    public long Size => Files.Sum(file => file.Size);

    /// <summary>The manifest as json.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, ManifestJson.Default.Manifest);

    /// <summary>Reads a manifest.</summary>
    /// <exception cref="StoreException">The file is none.</exception>
    public static Manifest Read(string path)
    {
        Manifest? manifest = null;
        try
        {
            manifest = JsonSerializer.Deserialize(File.ReadAllBytes(path), ManifestJson.Default.Manifest);
        }
        catch (JsonException)
        {
            // Said below.
        }

        bool valid = manifest is { Name: not null, Source: not null, Quantization: not null, Files.Count: > 0 } && ModelName.TryParse(manifest.Name) is not null
            && manifest.Files.All(file => file is { Path: not null, Size: >= 0 } && ModelName.IsRelativePath(file.Path) && Digest.TryParse(file.Sha256, out _));
        return valid ? manifest! : throw new StoreException($"{path}: expected the manifest of a model, found something else");
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(Manifest))]
sealed partial class ManifestJson : JsonSerializerContext;
