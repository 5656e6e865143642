using System.Text;
using Millrace.Cli;

namespace Millrace.Tests.Cli;

/// <summary>One run of the command line in this process: what it answered, said and returned.</summary>
sealed record CliRun(int ExitCode, string Out, string Error)
{
    /// <summary>Runs a command.</summary>
    public static CliRun Of(params string[] args) => With("", args);

    /// <summary>Runs a command with a standard input.</summary>
    public static CliRun With(string input, params string[] args) => Run(input, typed: false, args);

    /// <summary>Runs a command with a person at the terminal, who types the input.</summary>
    public static CliRun Typed(string input, params string[] args) => Run(input, typed: true, args);

    static CliRun Run(string input, bool typed, string[] args)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = CommandLine.Run(args, new Terminal
        {
            Out = output,
            Error = error,
            InputIsTerminal = typed,
            OpenInput = () => new MemoryStream(Encoding.UTF8.GetBytes(input)),
        });
        return new CliRun(code, output.ToString(), error.ToString());
    }

    /// <summary>The answer of a run that must succeed.</summary>
    public static string Answer(params string[] args)
    {
        CliRun run = Of(args);
        Assert.True(run.ExitCode == 0, run.Error);
        return run.Out;
    }

    /// <summary>A run that must fail with a code and one line on standard error, nothing on standard output.</summary>
    public void MustFail(int code, string message)
    {
        Assert.Equal("", Out);
        Assert.StartsWith("millrace: ", Error, StringComparison.Ordinal);
        Assert.Contains(message, Error, StringComparison.Ordinal);
        Assert.Equal(1, Error.Count(c => c == '\n'));
        Assert.Equal(code, ExitCode);
    }
}
