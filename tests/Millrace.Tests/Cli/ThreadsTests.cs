using System.Diagnostics;

namespace Millrace.Tests.Cli;

public class ThreadsTests
{
    [Fact]
    public void A_process_bound_to_one_processor_computes_with_one_thread()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/taskset"), "needs Linux and taskset");
        string allowed = File.ReadLines("/proc/self/status").First(static line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal));
        string first = new([.. allowed.Split(':')[1].Trim().TakeWhile(char.IsAsciiDigit)]);
        ProcessStartInfo start = new("/usr/bin/taskset", ["-c", first, "dotnet", typeof(Millrace.Cli.CommandLine).Assembly.Location, "run", "--help"]) { RedirectStandardOutput = true };
        using Process run = Process.Start(start)!;
        string help = run.StandardOutput.ReadToEnd();
        run.WaitForExit();
        Assert.Matches(@"--threads .*\[default: 1\]", help);
    }
}
