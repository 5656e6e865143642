using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Millrace.Formats;

namespace Millrace.Tests.Formats.HuggingFace;

/// <summary>Writes small folders of Hugging Face's kind.</summary>
sealed class FolderBuilder : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly List<(string Name, string Dtype, long[] Shape, byte[] Bytes)> _tensors = [];

    /// <summary>The folder.</summary>
    public string Path => _folder.Path();

    /// <summary>The path of a file in the folder.</summary>
    public string File(string name) => _folder.Path(name);

    public FolderBuilder Config(string json) => Text("config.json", json);

    public FolderBuilder Text(string name, string content)
    {
        System.IO.File.WriteAllText(File(name), content);
        return this;
    }

    /// <summary>Adds a tensor of given bytes.</summary>
    public FolderBuilder Tensor(string name, string dtype, long[] shape, byte[] bytes)
    {
        _tensors.Add((name, dtype, shape, bytes));
        return this;
    }

    /// <summary>Adds a tensor of F32 whose numbers count up from <paramref name="first"/>, a number to a row or to a column as <paramref name="byRow"/> says.</summary>
    public FolderBuilder Counting(string name, long[] shape, float first = 0, bool byRow = true)
    {
        long total = shape.Aggregate(1L, static (product, extent) => product * extent);
        float[] values = [.. Enumerable.Range(0, (int)total).Select(i => first + (byRow ? i / shape[^1] : i))];
        return Tensor(name, "F32", shape, MemoryMarshal.AsBytes<float>(values).ToArray());
    }

    /// <summary>Adds what every model has besides its layers.</summary>
    public FolderBuilder Ends(int vocabulary, int width, bool head = true)
    {
        Counting("model.embed_tokens.weight", [vocabulary, width]).Counting("model.norm.weight", [width], byRow: false);
        return head ? Counting("lm_head.weight", [vocabulary, width]) : this;
    }

    /// <summary>Writes model.safetensors.</summary>
    public FolderBuilder Write()
    {
        System.IO.File.WriteAllBytes(File("model.safetensors"), Safetensors(_tensors));
        return this;
    }

    /// <summary>Writes one tensor to a shard, and the index.</summary>
    public FolderBuilder WriteShards()
    {
        StringBuilder map = new();
        for (int i = 0; i < _tensors.Count; i++)
        {
            string shard = $"model-{i + 1:D5}-of-{_tensors.Count:D5}.safetensors";
            System.IO.File.WriteAllBytes(File(shard), Safetensors([_tensors[i]]));
            map.Append(CultureInfo.InvariantCulture, $"{(i > 0 ? "," : "")}\"{_tensors[i].Name}\":\"{shard}\"");
        }

        return Text("model.safetensors.index.json", $"{{\"metadata\":{{\"total_size\":1}},\"weight_map\":{{{map}}}}}");
    }

    public ModelFile Open() => ModelFile.Open(Path);

    public void Dispose() => _folder.Dispose();

    /// <summary>The bytes of a safetensors file.</summary>
    public static byte[] Safetensors(IReadOnlyList<(string Name, string Dtype, long[] Shape, byte[] Bytes)> tensors)
    {
        StringBuilder header = new("{");
        long offset = 0;
        foreach ((string name, string dtype, long[] shape, byte[] bytes) in tensors)
        {
            header.Append(CultureInfo.InvariantCulture, $"{(offset > 0 || header.Length > 1 ? "," : "")}\"{name}\":{{\"dtype\":\"{dtype}\",\"shape\":[{string.Join(',', shape)}],\"data_offsets\":[{offset},{offset + bytes.Length}]}}");
            offset += bytes.Length;
        }

        return Safetensors(header.Append('}').ToString(), [.. tensors.SelectMany(static tensor => tensor.Bytes)]);
    }

    /// <summary>The bytes of a safetensors file with any header.</summary>
    public static byte[] Safetensors(string header, byte[] data)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] file = new byte[8 + json.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(file, json.Length);
        json.CopyTo(file, 8);
        data.CopyTo(file, 8 + json.Length);
        return file;
    }
}
