using System.Diagnostics;

namespace Millrace.Tests.Cli;

/// <summary>The program as it is published.</summary>
public sealed class PublishTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Single_file_carries_the_default_model()
    {
        string runtime = System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier;
        CliRun publish = await Run("dotnet", "publish", Path.Combine(Repository.Root, "src", "Millrace.Cli"), "-c", "Release", "-r", runtime, "--no-self-contained",
            "-p:PublishSingleFile=true", "-p:RunAnalyzers=false", "--artifacts-path", _folder.Path("build"), "-o", _folder.Path("published"), "-v", "quiet", "-nologo", "-nodeReuse:false");
        Assert.True(publish.ExitCode == 0, publish.Out + publish.Error);

        // It alone, where no repository is.
        string program = _folder.Path(OperatingSystem.IsWindows() ? "Millrace.Cli.exe" : "Millrace.Cli");
        File.Move(Path.Combine(_folder.Path("published"), Path.GetFileName(program)), program);
        for (int start = 0; start < 2; start++)
        {
            CliRun run = await Run(program, "run", "Once upon a time", "--temp", "0", "-n", "20");
            Assert.Equal((0, CliRun.Answer("run", "Once upon a time", "--temp", "0", "-n", "20")), (run.ExitCode, run.Out));
        }
    }

    async Task<CliRun> Run(string program, params string[] args)
    {
        ProcessStartInfo start = new(program, args) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment["MILLRACE_HOME"] = _folder.Path("home");
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new CliRun(process.ExitCode, output, await error);
    }
}
