using System.Diagnostics;

namespace Millrace.Tests.Cli;

/// <summary>The script ./millrace, as a user meets it.</summary>
public class ScriptTests
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(10); // the first call builds

    [Fact]
    public async Task Two_that_start_at_once_answer_alike()
    {
        string[] args = ["run", "Once upon a time", "-n", "3", "--temp", "0"];
        CliRun[] runs = await Task.WhenAll(Run("millrace", args), Run("millrace", args));
        Assert.All(runs, run => Assert.Equal((0, CliRun.Answer(args)), (run.ExitCode, run.Out)));
    }

    [Fact]
    public async Task Script_runs_through_a_link_from_any_folder_with_the_caller_s_paths()
    {
        using TemporaryFolder folder = new();
        File.CreateSymbolicLink(folder.Path("link"), Path.Combine(Repository.Root, "millrace"));
        File.WriteAllText(folder.Path("text.txt"), "Once upon a time");
        CliRun run = await Run(folder.Path("link"), ["tokenize", "--file", "text.txt", "--output", "ids"], start => start.WorkingDirectory = folder.Path());
        Assert.Equal((0, CliRun.Answer("tokenize", "Once upon a time", "--output", "ids")), (run.ExitCode, run.Out));
    }

    [Theory]
    [InlineData(null, "millrace: needs the .NET 10 SDK: install it from https://dotnet.microsoft.com/download/dotnet/10.0\n")]
    [InlineData("8.0.100", "millrace: needs the .NET 10 SDK: install it from https://dotnet.microsoft.com/download/dotnet/10.0 (found: 8.0.100 )\n")]
    public async Task Without_the_sdk_one_line_says_what_to_install(string? version, string message)
    {
        using TemporaryFolder folder = new();
        foreach (string tool in new[] { "readlink", "dirname", "find", "head", "cut", "tr", "mkdir", "flock", "sort", "xargs", "cksum", "rm" })
        {
            string? path = Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(place => Path.Combine(place, tool)).FirstOrDefault(File.Exists);
            if (path is not null)
            {
                File.CreateSymbolicLink(folder.Path(tool), path);
            }
        }

        if (version is not null)
        {
            File.WriteAllText(folder.Path("dotnet"), $"#!/bin/sh\necho '{version} [/sdk]'\n");
            MakeExecutable(folder.Path("dotnet"));
        }

        CliRun run = await Run("millrace", ["run", "x"], start =>
        {
            start.Environment["PATH"] = folder.Path();
            start.Environment.Remove("DOTNET_ROOT");
        });
        Assert.Equal((1, "", message), (run.ExitCode, run.Out, run.Error));
    }

    [Fact]
    public async Task Ctrl_C_stops_the_answer_with_exit_code_130()
    {
        // Its greedy answer goes round in a circle without an end, and filling the context takes minutes.
        using TemporaryFolder folder = new();
        string model = folder.Path("endless.gguf");
        Assert.Equal(0, CliRun.Of("synth", "--layers", "1", "--width", "64", "--ffn", "64", "--heads", "1", "--vocab", "2000", "--context", "200000", "--seed", "1", "-o", model).ExitCode);
        string[] args = ["run", "-m", model, "The", "-c", "200000", "--temp", "0"];
        using Process answer = Start("millrace", args, static start =>
        {
            // Whoever runs the tests in the background may have had the signal ignored, and children inherit that.
            start.ArgumentList.Insert(0, start.FileName);
            start.ArgumentList.Insert(0, "--default-signal=INT");
            start.FileName = "/usr/bin/env";
        });
        answer.StandardInput.Close();
        char[] first = new char[1];
        Assert.Equal(1, await answer.StandardOutput.ReadAsync(first, TestContext.Current.CancellationToken));
        Process.Start("kill", ["-INT", $"{answer.Id}"]).WaitForExit();
        await answer.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await answer.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(130, answer.ExitCode);
    }

    static async Task<CliRun> Run(string script, string[] args, Action<ProcessStartInfo>? change = null)
    {
        using Process process = Start(script, args, change);
        process.StandardInput.Close();
        using CancellationTokenSource patience = new(Patience);
        Task<string> output = process.StandardOutput.ReadToEndAsync(patience.Token);
        Task<string> error = process.StandardError.ReadToEndAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        return new CliRun(process.ExitCode, await output, await error);
    }

    static void MakeExecutable(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }

    static Process Start(string script, string[] args, Action<ProcessStartInfo>? change = null)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("the script needs a POSIX shell");
        }

        ProcessStartInfo start = new("/bin/sh", [Path.Combine(Repository.Root, script), .. args])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["MILLRACE_HOME"] = "/nonexistent";
        change?.Invoke(start);
        return Process.Start(start)!;
    }
}
