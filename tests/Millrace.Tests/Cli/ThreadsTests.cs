using System.Diagnostics;

namespace Millrace.Tests.Cli;

public class ThreadsTests
{
    const string Groups = "/sys/fs/cgroup";

    [Fact]
    public void A_process_bound_to_one_processor_computes_with_one_thread()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/taskset"), "needs Linux and taskset");
        string allowed = File.ReadLines("/proc/self/status").First(static line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal));
        string first = new([.. allowed.Split(':')[1].Trim().TakeWhile(char.IsAsciiDigit)]);
        Assert.Matches(@"--threads .*\[default: 1\]", Help($"exec taskset -c {first}"));
    }

    /// <summary>A group of its own, with the time of one processor, which only the child is in.</summary>
    [Fact]
    public void A_process_with_the_time_of_one_processor_computes_with_one_thread()
    {
        bool old = File.Exists($"{Groups}/cpu/cpu.cfs_quota_us") || File.Exists($"{Groups}/cpu/cgroup.procs"); // version 1
        string group = $"{Groups}{(old ? "/cpu" : "")}/millrace-test-{Environment.ProcessId}";
        try
        {
            Directory.CreateDirectory(group);
            File.WriteAllText(old ? $"{group}/cpu.cfs_quota_us" : $"{group}/cpu.max", old ? "100000" : "100000 100000");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Remove(group);
            Assert.Skip($"needs a control group that it may make: {exception.Message}");
        }

        try
        {
            Assert.Matches(@"--threads .*\[default: 1\]", Help($"echo $$ > {group}/cgroup.procs && exec"));
        }
        finally
        {
            Remove(group);
        }
    }

    static string Help(string prefix)
    {
        ProcessStartInfo start = new("/bin/sh", ["-c", $"{prefix} dotnet '{typeof(Millrace.Cli.CommandLine).Assembly.Location}' run --help"]) { RedirectStandardOutput = true };
        using Process run = Process.Start(start)!;
        string help = run.StandardOutput.ReadToEnd();
        run.WaitForExit();
        return help;
    }

    static void Remove(string group)
    {
        try
        {
            Directory.Delete(group); // the files in it are no files
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It was never made.
        }
    }
}
