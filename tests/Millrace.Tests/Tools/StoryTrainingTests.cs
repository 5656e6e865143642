using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Millrace.Tests.Tools;

public sealed class StoryTrainingTests : IDisposable
{
    const int Steps = 6;

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Training_that_was_killed_and_goes_on_gives_the_same_bits()
    {
        RequireTorch();
        WriteRows("train.bin", Steps * 2);
        WriteRows("valid.bin", 1);
        using (Process whole = Train("whole"))
        {
            Assert.True(whole.WaitForExit(60_000) && whole.ExitCode == 0, whole.StandardError.ReadToEnd());
        }

        using (Process killed = Train("killed"))
        {
            while (File.Exists(_folder.Path("killed/log.csv")) is false && !killed.HasExited)
            {
                Thread.Sleep(5);
            }

            Assert.False(killed.HasExited, "it ended before it was killed");
            killed.Kill();
            killed.WaitForExit();
        }

        using (Process resumed = Train("killed"))
        {
            Assert.True(resumed.WaitForExit(60_000) && resumed.ExitCode == 0, resumed.StandardError.ReadToEnd());
            Assert.DoesNotContain("\n1,", "\n" + resumed.StandardOutput.ReadToEnd(), StringComparison.Ordinal); // it did not begin anew
        }

        Assert.Equal(File.ReadAllBytes(_folder.Path("whole/weights.safetensors")), File.ReadAllBytes(_folder.Path("killed/weights.safetensors")));
        Assert.Equal(Losses("whole"), Losses("killed"));
        Assert.Equal(Steps, Losses("killed").Length);
    }

    static void RequireTorch()
    {
        try
        {
            using Process python = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-c", "import torch"]) { RedirectStandardError = true })!;
            python.WaitForExit();
            Assert.SkipUnless(python.ExitCode == 0, "needs Debian's python3-torch");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("needs /usr/bin/python3 with torch");
        }
    }

    // The speed of each line, the last number, is the run's own.
    string[] Losses(string run) => [.. File.ReadLines(_folder.Path($"{run}/log.csv")).Skip(1).Select(line => line[..line.LastIndexOf(',')])];

    Process Train(string run) => Process.Start(new ProcessStartInfo("/usr/bin/python3",
    [
        Path.Combine(Repository.Root, "tools", "StoryModel", "train.py"), "--shape", "tiny", "--train", _folder.Path("train.bin"), "--valid", _folder.Path("valid.bin"),
        "--out", _folder.Path(run), "--steps", $"{Steps}", "--batch", "2", "--micro", "1", "--log-every", "1", "--valid-rows", "1", "--save-seconds", "0",
    ]) { RedirectStandardError = true, RedirectStandardOutput = true })!;

    void WriteRows(string file, int rows)
    {
        Random random = new(7);
        ushort[] words = [.. Enumerable.Range(0, rows * 1024).Select(index => (ushort)(index % 1024 == 0 ? 0 : 0x8000 | random.Next(2048)))];
        File.WriteAllBytes(_folder.Path(file), MemoryMarshal.AsBytes<ushort>(words).ToArray());
    }
}
