using System.Numerics;
using Millrace.Formats;

namespace Millrace.Tests.Formats.Hostile;

public class HostileGgufTests
{
    static readonly Dictionary<string, HostileCase> Cases = HostileGguf.All().ToDictionary(static item => item.Name);

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_bad_file_is_refused_with_its_message(string name)
    {
        using TemporaryFolder folder = new();
        string path = folder.Path("model.gguf");
        File.WriteAllBytes(path, Cases[name].Bytes);
        ModelFormatException refusal = Assert.Throws<ModelFormatException>(() => ModelFile.Open(path));
        Assert.Equal($"{path}: {Cases[name].Message}", refusal.Message);
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused()
    {
        using TemporaryFolder folder = new();
        string path = folder.Path("model.gguf");
        byte[] whole = Valid().ToArray();
        File.WriteAllBytes(path, whole);
        ModelFile.Open(path).Dispose();
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Throws<ModelFormatException>(() => ModelFile.Open(path));
        }
    }

    [Theory]
    [InlineData(2u)]
    [InlineData(3u)]
    public void A_good_file_of_each_version_opens(uint version)
    {
        using TemporaryFolder folder = new();
        string path = folder.Path("model.gguf");
        File.WriteAllBytes(path, Valid(version).ToArray());
        using ModelFile model = ModelFile.Open(path);
        Assert.Equal(3, model.Tensors.Count);
        foreach (Tensor tensor in model.Tensors.Values)
        {
            BigInteger bytes = tensor.Shape.Skip(1).Aggregate((BigInteger)tensor.Columns / tensor.Type.BlockLength * tensor.Type.BlockBytes, static (product, extent) => product * extent);
            Assert.Equal(bytes, tensor.ByteLength);
        }
    }

    [Fact]
    public void A_type_that_is_not_read_is_listed_and_refused_when_read()
    {
        using TemporaryFolder folder = new();
        string path = folder.Path("model.gguf");
        File.WriteAllBytes(path, GgufBytes.Start(1, 0).Tensor("a", [256, 2], 16).Data(132).ToArray());
        using ModelFile model = ModelFile.Open(path);
        Tensor tensor = model.Tensor("a");
        Assert.Equal(("iq2_xxs", 66, 132, false), (tensor.Type.GgufName, tensor.RowBytes, tensor.ByteLength, tensor.Type.IsReadable));
        Assert.Equal($"{path}: a at byte 96: expected a weight type that Millrace reads, found iq2_xxs", Assert.Throws<ModelFormatException>(() => tensor.ReadRows(0, new byte[66])).Message);
    }

    [Fact]
    public void A_million_keys_take_linear_time()
    {
        using TemporaryFolder folder = new();
        string path = folder.Path("model.gguf");
        GgufBytes bytes = GgufBytes.Start(0, 1_000_000);
        for (int i = 0; i < 1_000_000; i++)
        {
            bytes.Key($"k{i}", 0).Number((byte)i);
        }

        File.WriteAllBytes(path, bytes.ToArray());
        System.Diagnostics.Stopwatch watch = System.Diagnostics.Stopwatch.StartNew();
        using ModelFile model = ModelFile.Open(path);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 5);
        Assert.Equal(1_000_000, model.Metadata.Keys.Count);
    }

    [Fact]
    public void A_path_that_is_no_file_is_refused_at_once()
    {
        Assert.Equal("/dev/zero: file: expected a file with content, found 0 bytes, or no plain file", Assert.Throws<ModelFormatException>(static () => ModelFile.Open("/dev/zero")).Message);
        using TemporaryFolder folder = new();
        string missing = folder.Path("none.gguf");
        Assert.Equal($"{missing}: no such file", Assert.Throws<FileNotFoundException>(() => ModelFile.Open(missing)).Message);
        Assert.Equal($"{folder.Path()}: folder: expected config.json, found none", Assert.Throws<ModelFormatException>(() => ModelFile.Open(folder.Path())).Message);
    }

    /// <summary>A file with values of several kinds and three tensors.</summary>
    internal static GgufBytes Valid(uint version = 3) => GgufBytes.Start(3, 4, version)
        .Key("general.alignment", 4).Number(64u)
        .Key("name", 8).Text("x")
        .Array("words", 8, 3).Text("a").Text("").Text("bc")
        .Array("numbers", 6, 2).Number(1f).Number(2f)
        .Tensor("a", [64, 2], 2)
        .Tensor("b", [3, 2, 2], 0, 128)
        .Tensor("c", [256], 14, 192)
        .Data(192 + 210, 64);
}
