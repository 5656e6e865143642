using System.Globalization;
using System.Text.RegularExpressions;
using Millrace.Formats;
using Millrace.Planning.Hardware;

namespace Millrace.Planning.Models;

/// <summary>How a model's numbers are stored. Checkpoints quantize the matrices of layers alone: embeddings, head and routers keep 16 bits; of mixtures with 4-bit floats (gpt-oss, DeepSeek) the experts alone are quantized. GGUF files quantize all matrices.</summary>
public sealed partial record Precision
{
    Precision(string name, NumberType weights, WeightType matrices) => (Name, Weights, Matrices) = (name, weights, matrices);

    /// <summary>binary32.</summary>
    public static Precision Fp32 { get; } = new("fp32", NumberType.Fp32, WeightType.F32);

    /// <summary>binary16.</summary>
    public static Precision Fp16 { get; } = new("fp16", NumberType.Fp16, WeightType.F16);

    /// <summary>bfloat16.</summary>
    public static Precision Bf16 { get; } = new("bf16", NumberType.Bf16, WeightType.BF16);

    /// <summary>8-bit floats; their scales, one for many thousand weights, are not counted.</summary>
    public static Precision Fp8 { get; } = new("fp8", NumberType.Fp8, WeightType.F8_E4M3);

    /// <summary>8-bit integers with a scale for each row: a byte for a weight, priced as the 8-bit type that there is.</summary>
    public static Precision Int8 { get; } = new("int8", NumberType.Int8, WeightType.F8_E4M3);

    /// <summary>4-bit floats with an 8-bit scale for 16: 4.5 bits.</summary>
    public static Precision NvFp4 { get; } = new("nvfp4", NumberType.Fp4, WeightType.NVFP4);

    /// <summary>4-bit floats with an 8-bit scale for 32: 4.25 bits.</summary>
    public static Precision MxFp4 { get; } = new("mxfp4", NumberType.Fp4, WeightType.MXFP4);

    /// <summary>4-bit integers in groups of 128 with a 16-bit scale and a 4-bit zero: 4.16 bits, priced as 4.25.</summary>
    public static Precision Int4 { get; } = new("int4", NumberType.Int4, WeightType.MXFP4);

    /// <summary>How reports name it.</summary>
    public string Name { get; private init; }

    /// <summary>The kind of number of the layers' matrices.</summary>
    public NumberType Weights { get; }

    /// <summary>Their type.</summary>
    public WeightType Matrices { get; }

    /// <summary>How keys and values are stored.</summary>
    public NumberType Kv { get; init; } = NumberType.Fp16;

    /// <summary>Why it is not what the text says, or null where the text is clear.</summary>
    public string? Guess { get; private init; }

    bool Gguf { get; init; }

    char Mixture { get; init; } // K-quants: S, M or L

    /// <summary>Bytes of one number of the KV cache.</summary>
    public double KvBytesPerNumber => Kv switch
    {
        NumberType.Fp32 => 4,
        NumberType.Fp16 or NumberType.Bf16 => 2,
        NumberType.Fp8 or NumberType.Int8 => 1,
        _ => 0.5625,
    };

    /// <summary>A GGUF file whose matrices are of a type; as llama.cpp's quantizer does, the head has six bits at least where its columns allow.</summary>
    public static Precision OfGguf(WeightType type) => new(type.GgufName, KindOf(type), type) { Gguf = true };

    /// <summary>The kind of number that a file's type is closest to.</summary>
    public static NumberType KindOf(WeightType type) => type switch
    {
        WeightType.F32 => NumberType.Fp32,
        WeightType.F16 => NumberType.Fp16,
        WeightType.BF16 => NumberType.Bf16,
        WeightType.F8_E4M3 or WeightType.F8_E5M2 => NumberType.Fp8,
        WeightType.MXFP4 or WeightType.NVFP4 => NumberType.Fp4,
        WeightType.Q5_0 or WeightType.Q5_1 or WeightType.Q5_K or WeightType.Q6_K or WeightType.Q8_0 => NumberType.Int8,
        _ => NumberType.Int4,
    };

    /// <summary>The type in which a tensor of a model is kept.</summary>
    public WeightType TypeOf(ShapedTensor tensor, ModelShape shape)
    {
        bool expert = tensor.Role is TensorRole.Expert or TensorRole.ExpertResidual;
        bool expertsAlone = shape.Architecture == "gpt-oss" ? Matrices.BlockBytes < 1.2 * Matrices.BlockLength : shape.Architecture == "deepseek2" && Weights == NumberType.Fp4;
        WeightType wanted = tensor.Role switch
        {
            TensorRole.Norm or TensorRole.Bias => WeightType.F32,
            TensorRole.Router => Gguf ? WeightType.F32 : WeightType.BF16,
            _ when expertsAlone => expert ? shape.Architecture == "gpt-oss" ? WeightType.MXFP4 : Matrices : Gguf ? WeightType.Q8_0 : WeightType.BF16,
            _ when Gguf => GgufType(tensor, shape),
            TensorRole.Embedding or TensorRole.Head => Weights is NumberType.Fp16 or NumberType.Fp32 ? Matrices : WeightType.BF16,
            _ => Matrices,
        };
        return TensorLayout.Fit(wanted, tensor.Extents[0]);
    }

    /// <summary>Reads how tables of measurements spell a precision. What says nothing (<c>see platform</c>) becomes the usual, and <see cref="Guess"/> says so.</summary>
    /// <param name="text">The spelling, or null.</param>
    /// <param name="model">The model's name, which may say it instead.</param>
    public static Precision Parse(string? text, string? model = null)
    {
        string all = (text ?? "").ToLowerInvariant();
        string name = (model ?? "").ToLowerInvariant();
        if (all.StartsWith("fp8 kv", StringComparison.Ordinal))
        {
            return Bf16 with { Kv = NumberType.Fp8, Guess = "weights unstated, taken as bf16" };
        }

        if (all.Contains("lut", StringComparison.Ordinal))
        {
            return Int8 with { Guess = "look-up tables of 4 to 8 bits, taken as 8" };
        }

        bool file = name.EndsWith("-gguf", StringComparison.Ordinal);
        return Read(all) is { } read ? (file && read == MxFp4 ? OfGguf(WeightType.MXFP4) : read)
            : Read(name) is { } named ? named
            : name.Contains("-qat", StringComparison.Ordinal) ? OfGguf(WeightType.Q4_0)
            : file ? OfGguf(WeightType.Q8_0) with { Guess = "type of the GGUF file unstated, taken as q8_0" }
            : Fp8 with { Guess = "precision unstated, taken as fp8" };
    }

    /// <summary>Reads a precision that a user named.</summary>
    /// <param name="text">fp16, fp8, nvfp4, w4a16, q4_k_m …</param>
    /// <param name="precision">What it means.</param>
    public static bool TryParse(string text, out Precision? precision) => (precision = Read(text.ToLowerInvariant())) is not null;

    static Precision? Read(string text)
    {
        if (GgufName().Match(text) is { Success: true } match && WeightTypes.TryParse(match.Groups["type"].Value, out WeightType type))
        {
            string size = match.Groups["size"].Value;
            return OfGguf(type) with { Name = match.Value, Mixture = size.Length > 0 ? size[^1] : type is WeightType.Q4_K or WeightType.Q5_K ? 'm' : ' ' };
        }

        (string Word, Precision Precision)[] words =
        [
            ("nvfp4", NvFp4), ("mxfp4", MxFp4), ("fp4", NvFp4), ("w4", Int4), ("int4", Int4), ("awq", Int4), ("gptq", Int4), ("4bit", Int4), ("4-bit", Int4),
            ("int8", Int8), ("w8a", Int8), ("8bit", Int8), ("fp8", Fp8), ("8-bit", Fp8), ("bf16", Bf16), ("bfloat16", Bf16), ("float16", Fp16), ("fp32", Fp32), ("float32", Fp32), ("fp16", Fp16), ("f16", OfGguf(WeightType.F16)), ("16-bit", Bf16), ("16bit", Bf16), ("half", Fp16),
        ];
        foreach ((string word, Precision precision) in words)
        {
            if (text.Contains(word, StringComparison.Ordinal))
            {
                return precision;
            }
        }

        return null;
    }

    // The mixtures of llama.cpp's quantizer for K-quants: head in six bits, values and ways down of some layers in more bits than the rest.
    WeightType GgufType(ShapedTensor tensor, ModelShape shape)
    {
        bool small = Matrices.BlockLength > 1 && Matrices.BlockBytes * 8 < Matrices.BlockLength * 6.25;
        if (tensor.Role == TensorRole.Head)
        {
            return small ? WeightType.Q6_K : Matrices;
        }

        bool chosen = tensor.Name.EndsWith("attn_v.weight", StringComparison.Ordinal) || tensor.Name.Contains("ffn_down", StringComparison.Ordinal);
        if (!chosen || Matrices is not (WeightType.Q4_K or WeightType.Q5_K))
        {
            return Matrices;
        }

        int eighth = shape.Layers / 8;
        bool more = tensor.Layer < eighth || tensor.Layer >= 7 * shape.Layers / 8 || (tensor.Layer - eighth) % 3 == 2;
        return Mixture == 'm' && more ? WeightType.Q6_K
            : Mixture == 's' && Matrices == WeightType.Q4_K && tensor.Layer < eighth ? WeightType.Q5_K
            : Matrices;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}, KV {Kv.ToString().ToLowerInvariant()}");

    [GeneratedRegex(@"\b(?<type>i?q[2-8]_(?:[01](?![0-9])|k|nl|xs))(?<size>_[sml])?", RegexOptions.CultureInvariant)]
    private static partial Regex GgufName();
}
