using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Millrace.Formats;

namespace Millrace.Tests.Conformance.Models;

/// <summary>A small random model in a GGUF file, deleted when disposed. The same name, type and seed give the same bytes.</summary>
sealed class TinyModelFile : IDisposable
{
    const int Alignment = 32;

    /// <summary>Writes the variant's file.</summary>
    public TinyModelFile(string name, WeightType type, int seed = 1)
        : this(TinyModels.Build(name, type), seed)
    {
    }

    /// <summary>Writes a model's file.</summary>
    public TinyModelFile(TinyModelBuilder model, int seed = 1)
    {
        Path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"millrace-{Guid.NewGuid():N}.gguf");
        Write(model, new Random(seed));
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    public void Dispose() => File.Delete(Path);

    void Write(TinyModelBuilder model, Random random)
    {
        using FileStream stream = File.Create(Path);
        using BinaryWriter writer = new(stream);
        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write((ulong)model.Tensors.Count);
        writer.Write((ulong)model.Metadata.Count);
        foreach ((string key, object value) in model.Metadata)
        {
            WriteString(writer, key);
            WriteValue(writer, value);
        }

        List<byte[]> data = [.. model.Tensors.Select(tensor => Bytes(tensor, random))];
        ulong offset = 0;
        for (int i = 0; i < data.Count; i++)
        {
            TinyTensor tensor = model.Tensors[i];
            WriteString(writer, tensor.Name);
            writer.Write((uint)tensor.Shape.Length);
            foreach (long extent in tensor.Shape)
            {
                writer.Write((ulong)extent);
            }

            writer.Write((uint)tensor.Type);
            writer.Write(offset);
            offset += (ulong)(data[i].Length + Alignment - 1) / Alignment * Alignment;
        }

        foreach (byte[] bytes in data)
        {
            writer.Write(new byte[(Alignment - stream.Position % Alignment) % Alignment]);
            writer.Write(bytes);
        }
    }

    static byte[] Bytes(TinyTensor tensor, Random random)
    {
        float[] values = tensor.Values ?? [.. Enumerable.Range(0, tensor.Count).Select(_ => (float)(tensor.Mean + tensor.Spread * Normal(random)))];
        return tensor.Type switch
        {
            WeightType.F32 => MemoryMarshal.AsBytes<float>(values).ToArray(),
            WeightType.F16 => MemoryMarshal.AsBytes<Half>([.. values.Select(value => (Half)value)]).ToArray(),
            WeightType.BF16 => MemoryMarshal.AsBytes<ushort>([.. values.Select(value => (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16))]).ToArray(),
            _ => throw new NotSupportedException(),
        };
    }

    static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    static void WriteString(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    static void WriteValue(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case uint number: writer.Write(4u); writer.Write(number); break;
            case float number: writer.Write(6u); writer.Write(number); break;
            case bool flag: writer.Write(7u); writer.Write(flag); break;
            case string text: writer.Write(8u); WriteString(writer, text); break;
            case string[] texts:
                writer.Write(9u); writer.Write(8u); writer.Write((ulong)texts.Length);
                foreach (string text in texts) { WriteString(writer, text); }
                break;
            case int[] numbers:
                writer.Write(9u); writer.Write(5u); writer.Write((ulong)numbers.Length);
                foreach (int number in numbers) { writer.Write(number); }
                break;
            default: throw new NotSupportedException(value.GetType().Name);
        }
    }
}
