using Millrace.Formats;
using Millrace.Formats.Gguf;

namespace Millrace.Tests.Formats;

public class GgufSplitTests
{
    [Fact]
    public void Parts_are_opened_by_the_first()
    {
        using TemporaryFolder folder = new();
        Write(folder);
        using ModelFile model = ModelFile.Open(Part(folder, 1));
        Assert.Equal(["t0", "t1", "t2"], model.Tensors.Keys);
        for (byte i = 0; i < 3; i++)
        {
            byte[] row = new byte[4];
            model.Tensor($"t{i}").ReadRows(0, row);
            Assert.Equal([i, i, i, i], row);
        }

        Assert.Equal("first", model.Metadata.String("name"));
        model.VerifyUnchanged();
    }

    [Fact]
    public void A_later_part_names_the_first()
    {
        using TemporaryFolder folder = new();
        Write(folder);
        Refused(Part(folder, 2), $"split.no: expected the first part of the model ({Part(folder, 1)}), found part 2");
    }

    [Fact]
    public void A_missing_part_is_named()
    {
        using TemporaryFolder folder = new();
        Write(folder);
        File.Delete(Part(folder, 3));
        Refused(Part(folder, 1), $"split.count: expected the part {Part(folder, 3)}, found no such file");
    }

    [Fact]
    public void A_part_under_another_name_is_refused()
    {
        using TemporaryFolder folder = new();
        Write(folder);
        File.Move(Part(folder, 1), folder.Path("other.gguf"));
        Refused(folder.Path("other.gguf"), "file name: expected a name that ends in -00001-of-00003.gguf, found another");
    }

    [Theory]
    [InlineData(2, 0, 3, "t1", "split.no: expected 1, found 0")]
    [InlineData(2, 2, 3, "t1", "split.no: expected 1, found 2")]
    [InlineData(2, 1, 4, "t1", "split.count: expected 3, found 4")]
    [InlineData(3, 2, 3, "t0", "t0 at byte 160: expected a tensor that no earlier part has, found it again")]
    public void A_part_of_another_model_is_refused(int part, int number, int count, string tensor, string message)
    {
        using TemporaryFolder folder = new();
        Write(folder);
        Write(Part(folder, part), number, count, 3, tensor);
        ModelFormatException refusal = Assert.Throws<ModelFormatException>(() => ModelFile.Open(Part(folder, 1)));
        Assert.Equal($"{Part(folder, part)}: {message}", refusal.Message);
    }

    [Fact]
    public void The_parts_must_hold_all_tensors()
    {
        using TemporaryFolder folder = new();
        Write(folder);
        Write(Part(folder, 1), 0, 3, 4, "t0");
        Refused(Part(folder, 1), "split.tensors.count: expected 3, found 4");
    }

    [Theory]
    [InlineData(65536, "split.count: expected an integer from 0 to 65535, found 65536")]
    [InlineData(-1, "split.count: expected an integer from 0 to 65535, found -1")]
    public void A_count_of_parts_out_of_range_is_refused(int count, string message)
    {
        using TemporaryFolder folder = new();
        GgufWriter writer = new();
        writer.Add("split.count", count);
        writer.Write(folder.Path("model.gguf"));
        Refused(folder.Path("model.gguf"), message);
    }

    static string Part(TemporaryFolder folder, int part) => folder.Path($"model-{part:D5}-of-00003.gguf");

    static void Write(TemporaryFolder folder)
    {
        for (int i = 0; i < 3; i++)
        {
            Write(Part(folder, i + 1), i, 3, 3, $"t{i}");
        }
    }

    static void Write(string path, int number, int count, int tensors, string tensor)
    {
        GgufWriter writer = new();
        writer.Add("split.no", (ushort)number);
        writer.Add("split.count", (ushort)count);
        writer.Add("split.tensors.count", tensors);
        if (number == 0)
        {
            writer.Add("name", "first");
        }

        byte value = (byte)(tensor[1] - '0');
        writer.Add(tensor, WeightType.F32, [1], stream => stream.Write([value, value, value, value]));
        writer.Write(path);
    }

    static void Refused(string path, string message) =>
        Assert.Equal($"{path}: {message}", Assert.Throws<ModelFormatException>(() => ModelFile.Open(path)).Message);
}
