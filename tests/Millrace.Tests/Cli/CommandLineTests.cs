namespace Millrace.Tests.Cli;

public class CommandLineTests
{
    [Theory]
    [InlineData("Required command was not provided")]
    [InlineData("Unrecognized command or argument 'nonsense'", "nonsense")]
    [InlineData("Unrecognized command or argument '--nonsense'", "show", "--nonsense")]
    [InlineData("Unrecognized command or argument '--nonsense'", "show", "--nonsense", "x")]
    [InlineData("there is no option --nonsense; a text that begins so goes behind -- (see millrace run --help)", "run", "--nonsense")]
    [InlineData("there is no option --temprature;", "run", "--temprature", "0.5", "Once")]
    [InlineData("Required argument missing for option: '-m'", "show", "-m")]
    public void Wrong_use_is_one_line_and_exit_code_2(string message, params string[] args) => CliRun.Of(args).MustFail(2, message);

    [Fact]
    public void Text_that_begins_like_an_option_goes_behind_two_dashes() =>
        Assert.Matches("\\d+ tokens", CliRun.Answer("tokenize", "-m", KnownStory.Path, "--", "--nonsense"));

    [Theory]
    [InlineData("no model 'nonsense': no such file or folder here, and no such name in", "show", "-m", "nonsense")]
    [InlineData("no model '/no/such/file.gguf': no such file or folder", "show", "-m", "/no/such/file.gguf")]
    [InlineData("no model ''", "show", "-m", "")]
    public void Missing_model_is_one_line_and_exit_code_1(string message, params string[] args) => CliRun.Of(args).MustFail(1, message);

    [Fact]
    public void File_that_is_no_model_is_named()
    {
        using TemporaryFolder folder = new();
        string path = folder.Path("x.gguf");
        File.WriteAllText(path, "hello, I am no model");
        CliRun.Of("show", "-m", path).MustFail(1, "x.gguf");
    }

    [Fact]
    public void Show_lists_metadata_and_tensors()
    {
        string answer = CliRun.Answer("show", "-m", KnownStory.Path);
        Assert.Contains("llama, 466 k weights in 933 kB", answer, StringComparison.Ordinal);
        Assert.Matches("llama\\.context_length +2048", answer);
        Assert.Matches("blk\\.0\\.attn_q\\.weight +f16 +256 × 128 +65\\.5 kB", answer);
    }

    [Fact]
    public void Doctor_names_what_the_machine_has()
    {
        string answer = CliRun.Answer("doctor");
        Assert.Matches("instruction sets +\\w", answer);
        Assert.Matches("machine code +(avx512vnni, checked|none|off)", answer);
        Assert.Matches("\n +1 +[0-9.]+ [GM]B/s", answer);
        Assert.Contains("story", answer, StringComparison.Ordinal);
    }
}
