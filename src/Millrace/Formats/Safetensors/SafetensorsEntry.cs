namespace Millrace.Formats.Safetensors;

/// <summary>A tensor as a safetensors header describes it, with every number checked against its file.</summary>
/// <param name="File">The file it is in.</param>
/// <param name="Name">The name, as the file spells it.</param>
/// <param name="Dtype">The type of its numbers, as the file spells it.</param>
/// <param name="Shape">Extents, outermost first as in the file; empty for a scalar, and any may be 0.</param>
/// <param name="Offset">Where the numbers stand in the file, in bytes.</param>
/// <param name="Bytes">Bytes of the numbers.</param>
sealed record SafetensorsEntry(SourceFile File, string Name, string Dtype, long[] Shape, long Offset, long Bytes)
{
    /// <summary>The shape as text: <c>[2, 3]</c>.</summary>
    public string ShapeText => $"[{string.Join(", ", Shape)}]";

    /// <summary>The exception for a tensor that is not what it must be.</summary>
    public ModelFormatException Wrong(string expected, string found) => new(File.Path, Name, Offset, expected, found);

    /// <summary>The weight type of the numbers.</summary>
    /// <exception cref="ModelFormatException">Millrace does not read such numbers as weights.</exception>
    public WeightType WeightType => Dtype switch
    {
        "F32" => WeightType.F32,
        "F16" => WeightType.F16,
        "BF16" => WeightType.BF16,
        "F8_E4M3" => WeightType.F8_E4M3,
        "F8_E5M2" => WeightType.F8_E5M2,
        _ => throw Wrong("weights of dtype F32, F16, BF16, F8_E4M3 or F8_E5M2", Dtype),
    };
}
