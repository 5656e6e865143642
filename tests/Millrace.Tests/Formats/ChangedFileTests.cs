using Millrace.Formats;
using Millrace.Formats.Gguf;
using Millrace.Tests.Formats.HuggingFace;

namespace Millrace.Tests.Formats;

/// <summary>What becomes of a model whose files change under it.</summary>
public class ChangedFileTests
{
    [Fact]
    public void A_file_cut_after_it_was_opened_gives_a_typed_exception()
    {
        using TemporaryFolder folder = new();
        string path = Write(folder);
        using ModelFile model = ModelFile.Open(path);
        Tensor tensor = model.Tensor("a");
        using (FileStream file = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(file.Length - 100);
        }

        byte[] whole = new byte[tensor.ByteLength];
        ModelFormatException refusal = Assert.Throws<ModelFormatException>(() => tensor.ReadRows(0, whole));
        Assert.Equal($"{path}: a at byte 96: expected 4096 bytes, found the end of the file after 3996", refusal.Message);
        Assert.Equal($"{path}: file: expected the 4192 bytes it was opened with, found 4092: it was changed while it was read", Assert.Throws<ModelFormatException>(model.VerifyUnchanged).Message);
    }

    [Fact]
    public void A_file_written_over_after_it_was_opened_is_found_out()
    {
        using TemporaryFolder folder = new();
        string path = Write(folder);
        using ModelFile model = ModelFile.Open(path);
        model.VerifyUnchanged();
        using (FileStream file = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.Position = 100;
            file.WriteByte(1);
        }

        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddSeconds(10));
        Assert.EndsWith("it was changed while it was read", Assert.Throws<ModelFormatException>(model.VerifyUnchanged).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_replaced_or_deleted_after_it_was_opened_is_read_to_its_end()
    {
        using TemporaryFolder folder = new();
        string path = Write(folder);
        using ModelFile model = ModelFile.Open(path);
        File.WriteAllText(folder.Path("other"), "other");
        File.Move(folder.Path("other"), path, overwrite: true);
        File.Delete(path);
        byte[] whole = new byte[4096];
        model.Tensor("a").ReadRows(0, whole);
        Assert.All(whole, static value => Assert.Equal(7, value));
        model.VerifyUnchanged();
    }

    [Fact]
    public void A_folder_whose_weights_change_is_found_out()
    {
        using FolderBuilder folder = new FolderBuilder()
            .Config("""{"model_type":"llama","hidden_size":8,"num_hidden_layers":1,"num_attention_heads":2,"intermediate_size":16,"vocab_size":10,"max_position_embeddings":64}""")
            .Ends(10, 8).Write();
        using ModelFile model = folder.Open();
        File.SetLastWriteTimeUtc(folder.File("model.safetensors"), DateTime.UtcNow.AddSeconds(10));
        Assert.EndsWith("it was changed while it was read", Assert.Throws<ModelFormatException>(model.VerifyUnchanged).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_closed_model_cannot_be_read()
    {
        using TemporaryFolder folder = new();
        ModelFile model = ModelFile.Open(Write(folder));
        Tensor tensor = model.Tensor("a");
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => tensor.ReadRows(0, new byte[4]));
    }

    static string Write(TemporaryFolder folder)
    {
        string path = folder.Path("model.gguf");
        byte[] weights = new byte[4096];
        Array.Fill(weights, (byte)7);
        GgufWriter writer = new();
        writer.Add("a", WeightType.F32, [1, 1024], stream => stream.Write(weights));
        writer.Write(path);
        return path;
    }
}
