using System.Globalization;
using Millrace.Formats;
using Millrace.Tokenization.Templates;

namespace Millrace.Server.Models;

/// <summary>What a model's header says of it.</summary>
public sealed record ModelDetails
{
    /// <summary>The files it was read from.</summary>
    public required FileIdentity Files { get; init; }

    /// <summary>The architecture, as GGUF names it; "unknown" where the file does not say.</summary>
    public required string Architecture { get; init; }

    /// <summary><c>gguf</c> or <c>safetensors</c>.</summary>
    public required string Format { get; init; }

    /// <summary>Weights.</summary>
    public required long Parameters { get; init; }

    /// <summary>The type of most of its weights, such as <c>Q4_K_M</c>.</summary>
    public required string Quantization { get; init; }

    /// <summary>Tokens of context that the model was made for; 0 where the file does not say.</summary>
    public required int Context { get; init; }

    /// <summary>Width of an embedding; 0 where the file does not say.</summary>
    public required int Width { get; init; }

    /// <summary>The chat template's source, or null.</summary>
    public required string? Template { get; init; }

    /// <summary>The number of weights as Ollama writes it: <c>134.52M</c>, <c>7.2B</c>.</summary>
    public string ParameterSize => Parameters switch
    {
        >= 1_000_000_000 => (Parameters / 1e9).ToString(Parameters % 1_000_000_000 == 0 ? "0" : "0.0", CultureInfo.InvariantCulture) + "B",
        >= 1_000_000 => (Parameters / 1e6).ToString(Parameters % 1_000_000 == 0 ? "0" : "0.00", CultureInfo.InvariantCulture) + "M",
        >= 1_000 => (Parameters / 1e3).ToString("0", CultureInfo.InvariantCulture) + "K",
        _ => Parameters.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>Reads a header.</summary>
    /// <exception cref="IOException">The file is not there, or cannot be read.</exception>
    /// <exception cref="ModelFormatException">It is not what it must be.</exception>
    public static ModelDetails Read(string path)
    {
        FileIdentity files = FileIdentity.Of(path);
        using ModelFile file = ModelFile.Open(path);
        string architecture = file.Metadata.String("general.architecture", "unknown");
        return new()
        {
            Files = files,
            Architecture = architecture,
            Format = Directory.Exists(path) ? "safetensors" : "gguf",
            Parameters = file.Tensors.Values.Sum(static tensor => checked(tensor.Columns * tensor.Rows)),
            Quantization = QuantizationOf(file),
            Context = file.Metadata.Int($"{architecture}.context_length", 0),
            Width = file.Metadata.Int($"{architecture}.embedding_length", 0),
            Template = TemplateSource.Read(file),
        };
    }

    // Names of general.file_type that the types of the tensors do not tell; source: llama.cpp's llama_ftype.
    static string QuantizationOf(ModelFile file) => file.Metadata.Int("general.file_type", -1, -1) switch
    {
        11 => "Q3_K_S",
        12 => "Q3_K_M",
        13 => "Q3_K_L",
        14 => "Q4_K_S",
        15 => "Q4_K_M",
        16 => "Q5_K_S",
        17 => "Q5_K_M",
        21 => "Q2_K_S",
        _ => MostlyOf(file),
    };

    static string MostlyOf(ModelFile file) => file.Tensors.Values
        .GroupBy(static tensor => tensor.Type)
        .OrderByDescending(static type => type.Sum(static tensor => (double)tensor.Columns * tensor.Rows))
        .Select(static type => type.Key.IsKnown ? type.Key.GgufName.ToUpperInvariant() : "unknown")
        .FirstOrDefault("unknown");
}
