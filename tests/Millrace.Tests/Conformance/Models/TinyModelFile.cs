using System.Runtime.InteropServices;
using Millrace.Formats;
using Millrace.Formats.Blocks;
using Millrace.Formats.Gguf;

namespace Millrace.Tests.Conformance.Models;

/// <summary>A small random model in a GGUF file, deleted when disposed. The same model and seed give the same bytes.</summary>
sealed class TinyModelFile : IDisposable
{
    /// <summary>Writes the variant's file.</summary>
    public TinyModelFile(string name, WeightType type, int seed = 1)
        : this(TinyModels.Build(name, type), seed)
    {
    }

    /// <summary>Writes a model's file.</summary>
    public TinyModelFile(TinyModelBuilder model, int seed = 1)
    {
        Path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"millrace-{Guid.NewGuid():N}.gguf");
        GgufWriter writer = new();
        foreach ((string key, object value) in model.Metadata)
        {
            writer.Add(key, value);
        }

        Random random = new(seed);
        foreach (TinyTensor tensor in model.Tensors)
        {
            byte[] bytes = Bytes(tensor, random);
            writer.Add(tensor.Name, tensor.Type, tensor.Shape, stream => stream.Write(bytes));
        }

        writer.Write(Path);
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    public void Dispose() => File.Delete(Path);

    static byte[] Bytes(TinyTensor tensor, Random random)
    {
        if (tensor.Shape.Length > 1 && tensor.Mean == 0)
        {
            byte[] blocks = new byte[tensor.Type.RowBytes(tensor.Shape[0]) * (tensor.Count / tensor.Shape[0])];
            RandomBlocks.Fill(tensor.Type, blocks, (ulong)random.NextInt64(), (float)tensor.Spread);
            return blocks;
        }

        float[] values = tensor.Values ?? [.. Enumerable.Range(0, tensor.Count).Select(_ => (float)(tensor.Mean + tensor.Spread * Math.Sqrt(12) * (random.NextDouble() - 0.5)))];
        return MemoryMarshal.AsBytes<float>(values).ToArray();
    }
}
