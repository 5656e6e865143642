using System.Text.Json;

namespace Millrace.Tests.Cli;

public class RunCommandTests
{
    const string Beginning = " there was a small mill";

    [Fact]
    public void Default_model_answers_in_words()
    {
        string answer = CliRun.Answer("run", "-m", KnownStory.Path, "Once upon a time", "-n", "60", "--temp", "0");
        Assert.StartsWith($"{Beginning} beside a quiet river.", answer, StringComparison.Ordinal);
        Assert.InRange(answer.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Count(word => word.All(c => char.IsLetter(c) || c is '.' or ',')), 25, 60);
    }

    [Fact]
    public void Story_ends_by_itself() => Assert.EndsWith(" for many years.\n", CliRun.Answer("run", "-m", KnownStory.Path, "Once upon a time", "--temp", "0"), StringComparison.Ordinal);

    [Fact]
    public void Ids_are_the_generated_ones_alone() =>
        Assert.Equal("275 278 267 283 287\n", CliRun.Answer("run", "-m", KnownStory.Path, "--tokens", "262,266,267,271", "-n", "5", "--temp", "0", "--output", "ids"));

    [Fact]
    public void Json_holds_text_tokens_reason_usage_and_timings()
    {
        JsonElement answer = JsonDocument.Parse(CliRun.Answer("run", "-m", KnownStory.Path, "Once upon a time", "-n", "5", "--temp", "0", "--output", "json")).RootElement;
        Assert.Equal(Beginning, answer.GetProperty("text").GetString());
        Assert.Equal([275, 278, 267, 283, 287], answer.GetProperty("tokens").EnumerateArray().Select(token => token.GetInt32()));
        Assert.Equal("length", answer.GetProperty("finish_reason").GetString());
        Assert.Equal(4, answer.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(5, answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.True(answer.GetProperty("timings").GetProperty("total_seconds").GetDouble() > 0);
    }

    [Fact]
    public void End_of_the_story_is_a_stop() =>
        Assert.Equal("stop", JsonDocument.Parse(CliRun.Answer("run", "-m", KnownStory.Path, "Both lived as", "--temp", "0", "--output", "json")).RootElement.GetProperty("finish_reason").GetString());

    [Theory]
    [InlineData("Once upon a time")]
    [InlineData("Once upon a time\n")]
    [InlineData("Once upon a time\r\n")]
    public void Piped_input_is_the_prompt(string input) => Assert.Equal($"{Beginning}\n", CliRun.With(input, "run", "-m", KnownStory.Path, "-n", "5", "--temp", "0").Out);

    [Theory]
    [InlineData("run", "Once upon a time", "-n", "2", "--temp", "0")]
    [InlineData("run", "--tokens", "262,266,267,271", "-n", "2", "--temp", "0")]
    public void Input_is_left_alone_where_there_is_a_prompt(params string[] args) => Assert.Equal(" there was\n", CliRun.With("The miller", [.. args, "-m", KnownStory.Path]).Out);

    [Theory]
    [InlineData("--kv", "int8")]
    [InlineData("--kv", "f32")]
    [InlineData("--threads", "1")]
    [InlineData("--raw")]
    [InlineData("--ctx", "9")]
    public void Options_do_not_change_the_story(params string[] options) =>
        Assert.Equal($"{Beginning}\n", CliRun.Answer(["run", "-m", KnownStory.Path, "Once upon a time", "-n", "5", "--temp", "0", .. options]));

    [Fact]
    public void Equal_seeds_give_equal_answers()
    {
        string[] args = ["run", "-m", KnownStory.Path, "The", "-n", "60", "--temp", "3", "--top-k", "0", "--top-p", "1", "--min-p", "0", "--output", "ids", "--seed"];
        Assert.Equal(CliRun.Answer([.. args, "7"]), CliRun.Answer([.. args, "7"]));
        Assert.NotEqual(CliRun.Answer([.. args, "7"]), CliRun.Answer([.. args, "8"]));
    }

    [Theory]
    [InlineData(2, "give no text and no --system besides", "x", "--tokens", "1")]
    [InlineData(2, "give no --raw besides", "x", "--raw", "--system", "y")]
    [InlineData(2, "there is no text to answer", "")]
    [InlineData(2, "--temp: expected a number from 0 to 100, found 'NaN'", "x", "--temp", "NaN")]
    [InlineData(2, "--top-p: expected a number from 0 to 1, found '1.5'", "x", "--top-p", "1.5")]
    [InlineData(2, "-n: expected a whole number of at least 1, found '0'", "x", "-n", "0")]
    [InlineData(2, "--tokens: expected ids from 0 to 603, found 604", "--tokens", "1,604")]
    [InlineData(2, "--seed: expected a whole number from 0 to 2^64 - 1, found '-1'", "x", "--seed", "-1")]
    [InlineData(2, "Unrecognized command or argument 'y'", "x", "y")]
    [InlineData(1, "1 prompt tokens and 10 new ones do not fit into the context of 5 tokens", "x", "--ctx", "5", "-n", "10")]
    [InlineData(1, "--system: ", "x", "--system", "y")]
    public void Wrong_use_is_named(int code, string message, params string[] args) => CliRun.Of(["run", "-m", KnownStory.Path, .. args]).MustFail(code, message);

    [Fact]
    public void Conversation_goes_on_until_bye()
    {
        CliRun run = CliRun.Typed("Once upon a time\n/clear\n\"\"\"\nThe miller\n\"\"\"\n/nonsense\n/bye\nnever read\n", "run", "-m", KnownStory.Path, "-n", "2", "--temp", "0");
        Assert.Equal(" there was\n opened the\n", run.Out);
        Assert.Contains("There is no command /nonsense", run.Error, StringComparison.Ordinal);
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public void Conversation_without_a_template_continues_its_text() =>
        Assert.Equal(" there was\n small mill\n", CliRun.Typed("Once upon a time\n a\n", "run", "-m", KnownStory.Path, "-n", "2", "--temp", "0").Out);

    [Fact]
    public void Question_that_does_not_fit_leaves_the_conversation_as_it_was()
    {
        CliRun run = CliRun.Typed("Once upon a time there was a small\nOnce upon a\n", "run", "-m", KnownStory.Path, "-n", "2", "--temp", "0", "--ctx", "6");
        Assert.Equal(" time there\n", run.Out);
        Assert.Contains("do not fit into the context of 6 tokens", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_text_can_be_talked() => CliRun.Typed("x\n", "run", "-m", KnownStory.Path, "--output", "json").MustFail(2, "--output json needs a text");
}
