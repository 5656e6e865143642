using Millrace.Architectures;
using Millrace.Cli;
using Millrace.Cli.Synthesis;
using Millrace.Planning.Models;
using Millrace.Formats;

namespace Millrace.Tests.Cli;

public sealed class SynthCommandTests : IDisposable
{
    static readonly string[] Tiny = ["--layers", "1", "--width", "256", "--ffn", "512", "--heads", "4", "--kv-heads", "2", "--vocab", "300"];
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Types => [.. WeightTypes.All.Where(type => type.IsGguf).Select(type => type.GgufName)];

    public static TheoryData<string> Shapes => [.. ModelCatalogue.Models.Where(model => model.Runs).Select(model => model.Id)];

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_matrix_is_in_the_asked_type_and_the_head_of_4_and_5_bits_in_six(string name)
    {
        using ModelFile file = Synth([.. Tiny, "--type", name]);
        Assert.All(file.Tensors.Values.Where(tensor => tensor.Shape.Count == 1), norm => Assert.Equal(WeightType.F32, norm.Type));
        bool fourOrFive = name is "q4_0" or "q4_1" or "q5_0" or "q5_1" or "q4_k" or "q5_k" or "iq4_nl" or "iq4_xs" or "mxfp4" or "nvfp4";
        Assert.All(
            file.Tensors.Values.Where(tensor => tensor.Shape.Count > 1),
            matrix => Assert.Equal(fourOrFive && matrix.Name == "output.weight" ? "q6_k" : name, matrix.Type.GgufName));
    }

    [Theory]
    [InlineData("qwen2", "blk.0.attn_q.bias")]
    [InlineData("qwen3", "blk.0.attn_k_norm.weight")]
    [InlineData("gemma3", "blk.0.post_ffw_norm.weight")]
    [InlineData("phi3", "blk.0.attn_qkv.weight")]
    public void Each_architecture_has_its_own_tensors(string architecture, string tensor)
    {
        using ModelFile file = Synth([.. Tiny, "--arch", architecture]);
        Assert.Equal(architecture, file.Metadata.String("general.architecture"));
        Assert.Contains(tensor, file.Tensors.Keys);
    }

    [Fact]
    public void Mixture_has_experts_and_a_router_in_floats()
    {
        using ModelFile file = Synth([.. Tiny, "--experts", "4", "--experts-used", "2"]);
        Assert.Equal([256, 512, 4], file.Tensor("blk.0.ffn_up_exps.weight").Shape);
        Assert.Equal(WeightType.F32, file.Tensor("blk.0.ffn_gate_inp.weight").Type);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Named_shape_has_its_own_vocabulary_and_whole_heads(string name)
    {
        ModelShape shape = ModelCatalogue.Find(name)!.Shape;
        Assert.Equal(0, shape.Heads % shape.KvHeads);
        Assert.Equal(shape.Vocabulary, SyntheticVocabulary.OfSize(shape.Vocabulary).Size);
        Assert.Contains(shape.Architecture, Architecture.Names);
    }

    [Fact]
    public void Tied_embedding_of_a_named_shape_is_in_six_bits()
    {
        using ModelFile file = Synth(["--shape", "llama-3.2-1b", "--layers", "1", "--width", "256", "--vocab", "512"]);
        Assert.Equal(WeightType.Q6_K, file.Tensor("token_embd.weight").Type);
        Assert.DoesNotContain("output.weight", file.Tensors.Keys);
        Assert.Equal([256, 8192], file.Tensor("blk.0.ffn_up.weight").Shape);
    }

    [Fact]
    public void Rows_that_do_not_fit_the_type_take_another_and_say_so()
    {
        CliRun run = CliRun.Of(["synth", "--layers", "1", "--width", "288", "--ffn", "512", "--heads", "4", "--vocab", "300", "--type", "q4_k", "-o", _folder.Path("a")]);
        Assert.Contains("rows of 288 are not whole q4_k blocks of 256: q5_0 instead", run.Error, StringComparison.Ordinal);
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public void Equal_seeds_give_equal_files_and_others_do_not()
    {
        string[] seeds = ["7", "7", "8"];
        byte[][] files = [.. seeds.Select((seed, index) =>
        {
            string path = _folder.Path($"{index}");
            CliRun.Answer(["synth", .. Tiny, "--seed", seed, "-o", path]);
            return File.ReadAllBytes(path);
        })];
        Assert.Equal(files[0], files[1]);
        Assert.NotEqual(files[0], files[2]);
    }

    [Theory]
    [InlineData(2, "no shape 'x'", "--shape", "x")]
    [InlineData(2, "deepseek-v3 can be planned, not run", "--shape", "deepseek-v3")]
    [InlineData(2, "--layers is needed", "--width", "256", "--heads", "4")]
    [InlineData(2, "--type: expected one of", "--shape", "llama-3.2-1b", "--type", "f8_e4m3")]
    [InlineData(2, "a divisor of the 32 heads", "--shape", "llama-3.2-1b", "--kv-heads", "5")]
    [InlineData(2, "--layers: expected a whole number from 1 to 1024, found '0'", "--layers", "0")]
    [InlineData(2, "expected 1 to the 4 experts, found 0", "--shape", "llama-3.2-1b", "--experts", "4")]
    public void Wrong_shape_is_named(int code, string message, params string[] args) => CliRun.Of(["synth", "-o", _folder.Path("x"), .. args]).MustFail(code, message);

    [Fact]
    public void Nothing_is_left_of_a_file_that_cannot_be_written()
    {
        CliRun.Of(["synth", .. Tiny, "-o", _folder.Path("missing/x")]).MustFail(1, "missing");
        CliRun.Of(["synth", .. Tiny, "-o", _folder.Path("")]).MustFail(1, "it is a folder");
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path("")));
    }

    ModelFile Synth(string[] args)
    {
        CliRun.Answer(["synth", .. args, "-o", _folder.Path("m.gguf")]);
        return ModelFile.Open(_folder.Path("m.gguf"));
    }
}
