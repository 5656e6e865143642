using System.Diagnostics;

namespace Millrace.Tests.Server;

/// <summary>A folder that is a disk of its own, so small that it fills. Who lacks the right to mount one skips the test, and is told.</summary>
sealed class SmallDisk : IDisposable
{
    readonly string _filler;

    /// <summary>Mounts it.</summary>
    /// <param name="path">The folder; made here.</param>
    /// <param name="size">Its size, as mount has it.</param>
    public SmallDisk(string path, string size)
    {
        Path = path;
        _filler = System.IO.Path.Combine(path, "filler");
        Directory.CreateDirectory(path);
        Assert.SkipUnless(OperatingSystem.IsLinux() && Shell("mount", "-t", "tmpfs", "-o", $"size={size},mode=700", "tmpfs", path), "needs the right to mount a small disk");
    }

    public string Path { get; }

    /// <summary>Takes all room but so much.</summary>
    public void Fill(long but = 0)
    {
        long room = new DriveInfo(Path).AvailableFreeSpace - but;
        try
        {
            File.WriteAllBytes(_filler, new byte[Math.Max(0, room)]);
        }
        catch (IOException)
        {
            // Full.
        }
    }

    /// <summary>Gives the room back.</summary>
    public void Free() => File.Delete(_filler);

    public void Dispose() => Shell("umount", "-l", Path);

    static bool Shell(string program, params string[] args)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, args) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
