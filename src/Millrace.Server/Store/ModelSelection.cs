using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Millrace.Server.Store;

/// <summary>Which files of a repository make the model that was asked for.</summary>
static partial class ModelSelection
{
    /// <summary>What is taken where a repository has several quantizations and none is named.</summary>
    const string DefaultQuantization = "Q4_K_M";

    static readonly string[] FolderFiles = [".safetensors", ".json", ".jinja", ".model", ".txt"];

    /// <summary>Chooses: a GGUF file by name or quantization with all its parts, or the safetensors of the repository with what belongs to them.</summary>
    /// <exception cref="StoreException">There is none such, or several; the message names what there is.</exception>
    public static IReadOnlyList<HubFile> Select(ModelName name, IReadOnlyList<HubFile> files)
    {
        HubFile[][] models = [.. files.Where(IsModel).GroupBy(file => SplitName(file.Path)).Select(parts => parts.OrderBy(part => part.Path, StringComparer.Ordinal).ToArray())];
        if (name.Tag != ModelName.DefaultTag)
        {
            bool isFile = name.Tag.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase);
            return Only(name, models, isFile
                ? [.. models.Where(parts => parts.Any(part => part.Path == name.Tag))]
                : [.. models.Where(parts => string.Equals(Quantization(parts[0].Path), name.Tag, StringComparison.OrdinalIgnoreCase))]);
        }

        if (files.Any(file => file.Path == "config.json") && files.Any(file => IsTopLevel(file) && file.Path.EndsWith(".safetensors", StringComparison.Ordinal)))
        {
            return [.. files.Where(file => IsTopLevel(file) && FolderFiles.Contains(Path.GetExtension(file.Path))).OrderBy(file => file.Path, StringComparer.Ordinal)];
        }

        return Only(name, models, models.Length == 1 ? models : [.. models.Where(parts => Quantization(parts[0].Path) == DefaultQuantization)]);
    }

    /// <summary>The quantization that a file's name tells, in capitals; empty where it tells none.</summary>
    public static string Quantization(string path) => QuantizationName().Matches(path) is [.., Match match] ? match.Value.ToUpperInvariant() : "";

    /// <summary>The type of a folder's weights, by its configuration; empty where that is silent.</summary>
    public static string FolderType(byte[] config)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(config);
            JsonElement root = json.RootElement;
            JsonElement type = root.TryGetProperty("torch_dtype", out JsonElement old) ? old : root.GetProperty("dtype");
            return type.GetString() switch
            {
                "bfloat16" => "BF16",
                "float16" => "F16",
                "float32" => "F32",
                _ => "",
            };
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return "";
        }
    }

    static HubFile[] Only(ModelName name, HubFile[][] all, HubFile[][] chosen)
    {
        string there = string.Join(", ", all.Select(parts => $"{parts[0].Path} ({parts.Sum(part => part.Size) / 1e6:0} MB)").DefaultIfEmpty("no GGUF file, nor config.json with safetensors"));
        return chosen switch
        {
            [HubFile[] one] => RequireParts(name, one),
            [] => throw new StoreException($"{name}: {(name.Tag == ModelName.DefaultTag ? "several models or none: name one as owner/name:FILE_or_QUANT" : "no such file or quantization")}; there: {there}"),
            _ => throw new StoreException($"{name}: several models are meant: name one by its file; there: {there}"),
        };
    }

    // All parts of a split file, once each.
    static HubFile[] RequireParts(ModelName name, HubFile[] parts)
    {
        Match last = SplitSuffix().Match(parts[^1].Path);
        int count = last.Success ? int.Parse(last.Groups["count"].Value, CultureInfo.InvariantCulture) : 1;
        return parts.Length == count ? parts : throw new StoreException($"{name}: expected {count} parts of {parts[^1].Path}, found {parts.Length}");
    }

    static bool IsModel(HubFile file) =>
        file.Path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) && !Path.GetFileName(file.Path).StartsWith("mmproj", StringComparison.OrdinalIgnoreCase);

    static bool IsTopLevel(HubFile file) => !file.Path.Contains('/', StringComparison.Ordinal);

    static string SplitName(string path) => SplitSuffix().Replace(path, "-of-${count}");

    [GeneratedRegex("-[0-9]{5}-of-(?<count>[0-9]{5})\\.gguf$", RegexOptions.IgnoreCase)]
    private static partial Regex SplitSuffix();

    [GeneratedRegex("(?<=^|[-_./])(?:(?:IQ|TQ|Q)[0-9]+(?:_[A-Z0-9]+)*|BF16|F16|F32|MXFP4(?:_MOE)?|NVFP4)(?=[-./]|$)", RegexOptions.IgnoreCase)]
    private static partial Regex QuantizationName();
}
