using System.Text.Json;
using Millrace.Formats.Safetensors;

namespace Millrace.Formats.HuggingFace;

/// <summary>A folder as Hugging Face's transformers writes it: config.json and safetensors. Seen through it the model has GGUF's keys and tensors, so that an architecture needs to know one set of names.</summary>
public sealed class HuggingFaceModel : ModelFile
{
    readonly SourceFile _config;
    readonly SafetensorsFolder _weights;
    readonly OrderedDictionary<string, Tensor> _tensors;

    HuggingFaceModel(string path, SourceFile config, SafetensorsFolder weights)
    {
        Path = path;
        _config = config;
        _weights = weights;
        using JsonDocument document = FolderConfig.Parse(config);
        ConfigReader root = new(config.Path, "", document.RootElement);
        (int, int) scaleBlock = ReadQuantization(root);
        ModelConfigMap map = new(root);
        if (map.Latent)
        {
            throw new ModelFormatException(config.Path, "model_type", -1, "a kind that Millrace runs", $"{map.ModelType}, which can be planned but not run");
        }

        Metadata = new Metadata(config.Path, map.Keys);
        _tensors = TensorMap.Map(map, weights.Entries, scaleBlock);
        if (!map.Tied && !_tensors.ContainsKey("output.weight"))
        {
            throw new ModelFormatException(config.Path, "tie_word_embeddings", -1, "true, as there is no lm_head.weight", "false");
        }
    }

    /// <inheritdoc/>
    public override string Path { get; }

    /// <inheritdoc/>
    public override Metadata Metadata { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> Tensors => _tensors;

    /// <summary>Opens a folder: reads config.json and the headers of the weight files, not the weights.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="ModelFormatException">A file is missing or not what it must be, or the model is of a kind that is not supported.</exception>
    public static new HuggingFaceModel Open(string path)
    {
        SourceFile? file = null;
        SafetensorsFolder? weights = null;
        try
        {
            file = FolderConfig.Open(path);
            weights = SafetensorsFolder.Open(path);
            return new HuggingFaceModel(path, file, weights);
        }
        catch
        {
            file?.Dispose();
            weights?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Stamp => _weights.Stamp;

    /// <inheritdoc/>
    public override void VerifyUnchanged()
    {
        _config.VerifyUnchanged();
        _weights.VerifyUnchanged();
    }

    /// <inheritdoc/>
    protected override void MapFiles()
    {
        _weights.Map();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _config.Dispose();
        _weights.Dispose();
    }

    // The rows and columns of a block of FP8 scales. What is quantized in a way that the tensors alone do not tell is refused.
    static (int Rows, int Columns) ReadQuantization(ConfigReader root)
    {
        if ((root.Object("quantization_config") ?? root.Object("text_config")?.Object("quantization_config")) is not { } quantization)
        {
            return (128, 128);
        }

        string method = quantization.String("quant_method");
        bool known = method is "fp8" or "fbgemm_fp8" or "mxfp4" || (method == "compressed-tensors" && quantization.String("format") is "float-quantized");
        if (!known)
        {
            throw quantization.Wrong("quant_method", "fp8, fbgemm_fp8, mxfp4 or compressed-tensors of format float-quantized", method);
        }

        return quantization.Ints("weight_block_size") switch
        {
            null => (128, 128),
            [int rows and > 0, int columns and > 0] when columns % 32 == 0 => (rows, columns),
            _ => throw quantization.Wrong("weight_block_size", "two numbers above 0, the second a multiple of 32", "others"),
        };
    }
}
