using System.Globalization;
using System.Runtime.InteropServices;
using Millrace.Formats;
using Millrace.Tests.Conformance.Models;

namespace Millrace.Tests.Formats.HuggingFace;

/// <summary>A folder gives the keys and tensors of the GGUF file of the same model, byte for byte: what is held to llama.cpp for the one holds for the other.</summary>
public class FolderOfGgufTests
{
    // The frequency factors of llama3-rope follow no rule that a configuration could name; HuggingFaceModelTests has a set that does.
    public static TheoryData<string> Variants => [.. TinyModels.Names.Where(static name => name != "llama3-rope" && !name.EndsWith("-scales", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Variants))]
    public void A_folder_has_the_tensors_of_the_gguf_file(string variant)
    {
        FolderOfGguf model = new(variant);
        using FolderBuilder folder = model.Write();
        using ModelFile file = folder.Open();
        Assert.Equal(model.Expected.Keys.Order(StringComparer.Ordinal), file.Tensors.Keys.Order(StringComparer.Ordinal));
        foreach ((string name, (WeightType type, long[] shape, byte[] bytes)) in model.Expected)
        {
            Tensor tensor = file.Tensor(name);
            bool router = name.EndsWith("ffn_gate_inp.weight", StringComparison.Ordinal);
            Assert.Equal((name, router ? WeightType.F32 : type), (name, tensor.Type));
            Assert.Equal(shape, tensor.Shape);
            byte[] read = new byte[tensor.ByteLength];
            tensor.ReadRows(0, read);
            if (variant.StartsWith("gemma3", StringComparison.Ordinal) && name.EndsWith("norm.weight", StringComparison.Ordinal))
            {
                Assert.Equal(MemoryMarshal.Cast<byte, float>(bytes).ToArray(), MemoryMarshal.Cast<byte, float>(read).ToArray(), static (left, right) => Math.Abs(left - right) <= 2.4e-7);
            }
            else
            {
                Assert.True(read.AsSpan().SequenceEqual(router && type == WeightType.BF16 ? Wide(bytes) : bytes), name);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void A_folder_has_the_keys_of_the_gguf_file(string variant)
    {
        FolderOfGguf model = new(variant);
        using FolderBuilder folder = model.Write();
        using ModelFile file = folder.Open();
        foreach ((string key, object value) in model.Keys)
        {
            bool inner = key is "gpt-oss.feed_forward_length"; // the width of an expert, which is all that gpt-oss has
            bool unused = key.EndsWith("rope.scaling.original_context_length", StringComparison.Ordinal) && file.Metadata[key] is null; // of linear scaling
            if (!inner && !unused)
            {
                Assert.Equal((key, Convert.ToString(value, CultureInfo.InvariantCulture)), (key, Convert.ToString(file.Metadata[key], CultureInfo.InvariantCulture)));
            }
        }
    }

    static byte[] Wide(byte[] bytes) => [.. bytes.Chunk(2).SelectMany(static pair => (byte[])[0, 0, pair[0], pair[1]])];
}
