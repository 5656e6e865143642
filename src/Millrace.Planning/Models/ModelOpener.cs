using Millrace.Formats;
using Millrace.Formats.HuggingFace;
using Millrace.Planning.Hardware;

namespace Millrace.Planning.Models;

/// <summary>Makes the work of a model that a user named: a file, a folder with or without weights, or a name of the catalogue.</summary>
public static class ModelOpener
{
    /// <summary>Opens a model: headers alone are read.</summary>
    /// <param name="model">A GGUF file, a folder with a config.json, or a name.</param>
    /// <param name="precision">How its weights are stored; null for as the file has them, or as they are published.</param>
    /// <param name="kv">How keys and values are stored; null for 16 bits, or what <paramref name="precision"/> says.</param>
    /// <exception cref="PlanningException">No model is called so.</exception>
    /// <exception cref="ModelFormatException">The file is none that can be planned.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static PlannedModel Open(string model, Precision? precision = null, NumberType? kv = null)
    {
        bool folder = Directory.Exists(model);
        if (!folder && !File.Exists(model))
        {
            CatalogueModel known = ModelCatalogue.FindOrGuess(model, null)
                ?? throw new PlanningException($"no file, folder or known model '{model}'; there are {string.Join(", ", ModelCatalogue.Near(model))} and others");
            return PlannedModel.Of(known, With(precision ?? known.Published));
        }

        string name = Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(Path.GetFullPath(model)));
        if (folder && FolderConfig.Read(model) is { } config && (precision is not null || !Readable(model, config)))
        {
            return PlannedModel.Of(name, ShapeReader.Read(config), With(precision ?? Precision.Parse(config.Quantization ?? config.DataType)));
        }

        using ModelFile file = ModelFile.Open(model);
        return precision is null
            ? PlannedModel.Of(file, name, kv ?? NumberType.Fp16)
            : PlannedModel.Of(name, ShapeReader.Read(file), With(precision));

        Precision With(Precision chosen) => kv is { } type ? chosen with { Kv = type } : chosen;
    }

    // Folders whose weights the engine reads are priced as they are; of others the configuration has to do.
    static bool Readable(string folder, FolderConfig config) =>
        config.Metadata.String("general.architecture") != "deepseek2"
        && config.Quantization is null or "fp8" or "fbgemm_fp8" or "mxfp4"
        && Directory.EnumerateFiles(folder, "*.safetensors").Any();
}
