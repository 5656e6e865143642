using System.Runtime.InteropServices;

namespace Millrace.Formats.HuggingFace;

/// <summary>A vector that GGUF has as a tensor and the folder only as a rule in its configuration.</summary>
sealed class ComputedTensor(string name, float[] values) : Tensor(name, WeightType.F32, [values.Length])
{
    public override long RowBytes => values.Length * sizeof(float);

    public override void ReadRows(long firstRow, Span<byte> destination)
    {
        CheckRows(firstRow, destination.Length);
        MemoryMarshal.AsBytes<float>(values)[..destination.Length].CopyTo(destination);
    }
}
