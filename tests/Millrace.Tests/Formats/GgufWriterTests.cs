using Millrace.Formats;
using Millrace.Formats.Gguf;

namespace Millrace.Tests.Formats;

public class GgufWriterTests
{
    [Theory]
    [InlineData(2, 32)]
    [InlineData(3, 32)]
    [InlineData(3, 128)]
    public void What_is_written_is_read_back(int version, int alignment)
    {
        using TemporaryFolder folder = new();
        byte[] first = [.. Enumerable.Range(0, 36).Select(static i => (byte)i)];
        byte[] second = [1, 2, 3, 4];
        GgufWriter writer = new(version) { Alignment = alignment };
        (string, object)[] pairs =
        [
            ("a.byte", (byte)200), ("a.sbyte", (sbyte)-3), ("a.ushort", (ushort)60000), ("a.short", (short)-300),
            ("a.uint", 4_000_000_000u), ("a.int", -70_000), ("a.float", 1.5f), ("a.bool", true), ("a.string", "κείμενο"),
            ("a.ulong", ulong.MaxValue), ("a.long", long.MinValue), ("a.double", 1e300),
            ("b.ints", new[] { 1, -2 }), ("b.bools", new[] { true, false }), ("b.floats", new[] { 0.5f }), ("b.empty", Array.Empty<ulong>()),
        ];
        foreach ((string key, object value) in pairs)
        {
            writer.Add(key, value);
        }

        writer.Add("c.strings", new[] { "", "one", "två" });
        writer.Add("first", WeightType.Q4_0, [32, 2], stream => stream.Write(first));
        writer.Add("second", WeightType.F32, [1], stream => stream.Write(second));
        writer.Write(folder.Path("model.gguf"));

        using ModelFile model = ModelFile.Open(folder.Path("model.gguf"));
        foreach ((string key, object value) in pairs)
        {
            Assert.Equal(value, model.Metadata[key]);
        }

        Utf8Strings strings = model.Metadata.Strings("c.strings");
        Assert.Equal(["", "one", "två"], Enumerable.Range(0, strings.Count).Select(strings.Text));
        Assert.Equal(["first", "second"], model.Tensors.Keys);
        Tensor tensor = model.Tensor("first");
        Assert.Equal((WeightType.Q4_0, 18, 2, 36), (tensor.Type, tensor.RowBytes, tensor.Rows, tensor.ByteLength));
        byte[] row = new byte[18];
        tensor.ReadRows(1, row);
        Assert.Equal(first[18..], row);
        byte[] single = new byte[4];
        model.Tensor("second").ReadRows(0, single);
        Assert.Equal(second, single);
    }

    [Fact]
    public void Its_own_strings_are_written_again_as_they_were_read()
    {
        using TemporaryFolder folder = new();
        GgufWriter writer = new();
        writer.Add("tokens", new Utf8Strings([0xff, (byte)'a', 0xfe], [1, 1, 3]));
        writer.Write(folder.Path("a.gguf"));
        using ModelFile model = ModelFile.Open(folder.Path("a.gguf"));
        Utf8Strings read = model.Metadata.Strings("tokens");
        Assert.Equal(3, read.Count);
        Assert.Equal([0xff], read[0].ToArray());
        Assert.Empty(read[1].ToArray());
        Assert.Equal([(byte)'a', 0xfe], read[2].ToArray());
    }

    [Fact]
    public void A_source_that_writes_too_little_or_a_name_given_twice_is_refused()
    {
        GgufWriter writer = new();
        writer.Add("short", WeightType.F32, [2], static stream => stream.Write(new byte[7]));
        Assert.Equal("short: 7 bytes were written, 8 are due", Assert.Throws<InvalidOperationException>(() => writer.Write(new MemoryStream())).Message);
        Assert.Throws<ArgumentException>(() => writer.Add("short", WeightType.F32, [2], static _ => { }));
        Assert.Throws<ArgumentException>(() => writer.Add("bad", WeightType.Q4_0, [33], static _ => { }));
        Assert.Throws<ArgumentException>(() => writer.Add("bad", WeightType.F32, [1, 0], static _ => { }));
        Assert.Throws<ArgumentException>(() => writer.Add("key", DateTime.UnixEpoch));
        writer.Add("key", 1);
        Assert.Throws<ArgumentException>(() => writer.Add("key", 1));
    }
}
