using Millrace.Devices.Cpu;
using Millrace.Formats;
using Millrace.Kernels;
using Millrace.Scheduling;
using Millrace.Tests.Conformance.Models;
using Millrace.Tests.Kernels;

namespace Millrace.Tests.Devices;

/// <summary>Files of panels: what is in them is used only if it is whole and of this model, and nothing depends on there being one.</summary>
public sealed class KeptPanelsTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly TinyModelFile _model = new("llama", WeightType.Q4_K);

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void The_second_load_maps_what_the_first_made()
    {
        using CpuDevice first = Load();
        FileInfo file = Assert.Single(PanelFolder.Files(_folder.Path()));
        DateTime made = file.LastWriteTimeUtc;
        using CpuDevice second = Load();
        Assert.Equal([WeightMode.KeptPanels, WeightMode.KeptPanels], [first.Weights, second.Weights]);
        Assert.Equal($"panels mapped from {file.FullName}, made at this load", first.WeightStatus);
        Assert.Equal($"panels mapped from {file.FullName}", second.WeightStatus);
        Assert.Equal(made, Assert.Single(PanelFolder.Files(_folder.Path())).LastWriteTimeUtc);
    }

    /// <summary>One bit anywhere: magic, version, identity, checksums, header's end, first and last of the panels.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(20)]
    [InlineData(50)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(-1)]
    public void A_damaged_file_is_made_anew(int at)
    {
        float[] expected = Logits();
        string path = Kept();
        byte[] bytes = File.ReadAllBytes(path);
        byte[] damaged = [.. bytes];
        damaged[at < 0 ? bytes.Length + at : at] ^= 16;
        File.WriteAllBytes(path, damaged);
        Products.AssertSameBits(expected, Logits("made at this load"));
        Assert.Equal(bytes, File.ReadAllBytes(path));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(4096)]
    [InlineData(-64)]
    public void A_cut_file_is_made_anew(int length)
    {
        float[] expected = Logits();
        string path = Kept();
        using (FileStream file = new(path, FileMode.Open))
        {
            file.SetLength(length >= 0 ? length : file.Length + length);
        }

        Products.AssertSameBits(expected, Logits("made at this load"));
    }

    [Fact]
    public void A_file_of_another_model_is_made_anew()
    {
        float[] expected = Logits();
        string path = Kept();
        using (TinyModelFile other = new("llama", WeightType.Q4_K, seed: 2))
        {
            using CpuDevice device = Load(other.Path);
        }

        string foreign = Assert.Single(PanelFolder.Files(_folder.Path()), file => file.FullName != path).FullName;
        File.Move(foreign, path, overwrite: true);
        Products.AssertSameBits(expected, Logits("made at this load"));
    }

    /// <summary>A weight in the middle of the model changes, its length and time do not.</summary>
    [Fact]
    public void A_model_changed_in_secret_is_found_out()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "other systems do not tell when an inode changed");
        float[] before = Logits();
        DateTime written = File.GetLastWriteTimeUtc(_model.Path);
        using (ModelFile file = ModelFile.Open(_model.Path))
        {
            byte[] row = new byte[file.Tensor("blk.0.ffn_down.weight").RowBytes];
            file.Tensor("blk.0.ffn_down.weight").ReadRows(5, row);
            byte[] all = File.ReadAllBytes(_model.Path);
            int at = all.AsSpan().IndexOf(row);
            using FileStream stream = new(_model.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            stream.Position = at + 20;
            stream.WriteByte((byte)(row[20] ^ 0xFF));
        }

        File.SetLastWriteTimeUtc(_model.Path, written);
        float[] after = Logits("made at this load");
        Assert.NotEqual(before, after);
        using CpuDevice memory = Load(_model.Path, WeightMode.Panels);
        Products.AssertSameBits(Run(memory), after);
    }

    [Fact]
    public void A_model_that_was_only_touched_replaces_its_own_file()
    {
        Logits();
        File.SetLastWriteTimeUtc(_model.Path, DateTime.UtcNow.AddDays(-1));
        Logits("made at this load");
        Kept();
    }

    [Fact]
    public void Loads_at_once_leave_one_whole_file()
    {
        float[] expected = Logits(mode: WeightMode.Panels);
        float[][] found = new float[4][];
        Parallel.For(0, found.Length, new ParallelOptions { MaxDegreeOfParallelism = found.Length }, i => found[i] = Logits());
        Assert.All(found, logits => Products.AssertSameBits(expected, logits));
        Kept();
        Assert.DoesNotContain("made", Load().WeightStatus, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_leaves_panels_in_memory()
    {
        string file = _folder.Path("file");
        File.WriteAllText(file, "");
        float[] expected = Logits(mode: WeightMode.Panels);
        using CpuDevice device = Load(folder: Path.Combine(file, "panels"));
        Assert.Equal(WeightMode.Panels, device.Weights);
        Assert.StartsWith("panels in memory; they could not be kept in ", device.WeightStatus, StringComparison.Ordinal);
        Products.AssertSameBits(expected, Run(device));
    }

    [Fact]
    public void A_full_disk_leaves_panels_in_memory_and_nothing_behind()
    {
        Assert.SkipUnless(Directory.Exists("/proc/self/fd") && Mount(_folder.Path()), "a small file system can be mounted by root alone");
        try
        {
            float[] expected = Logits(mode: WeightMode.Panels);
            Products.AssertSameBits(expected, Logits("could not be kept"));
            Assert.Empty(PanelFolder.Files(_folder.Path()));
        }
        finally
        {
            using var unmount = System.Diagnostics.Process.Start("umount", [_folder.Path()]);
            unmount.WaitForExit();
        }
    }

    [Fact]
    public void Files_can_be_removed_while_they_are_in_use()
    {
        float[] expected = Logits();
        using CpuDevice device = Load();
        long bytes = new FileInfo(Kept()).Length;
        Assert.Equal(bytes, PanelFolder.Clear(_folder.Path()));
        Assert.Empty(PanelFolder.Files(_folder.Path()));
        Products.AssertSameBits(expected, Run(device));
        Assert.Equal(0, PanelFolder.Clear(_folder.Path("none")));
    }

    [Fact]
    public void What_a_killed_writer_left_is_removed_when_it_is_old()
    {
        File.WriteAllText(_folder.Path("a.panels.1.tmp"), "");
        File.WriteAllText(_folder.Path("b.panels.2.tmp"), "");
        File.SetLastWriteTimeUtc(_folder.Path("a.panels.1.tmp"), DateTime.UtcNow.AddHours(-2));
        Logits();
        Assert.Equal(["b.panels.2.tmp"], PanelFolder.Files(_folder.Path()).Where(static file => file.Extension == ".tmp").Select(static file => file.Name));
    }

    static bool Mount(string folder)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return false;
        }

        using var mount = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]) { RedirectStandardError = true })!;
        mount.WaitForExit();
        return mount.ExitCode == 0;
    }

    string Kept() => Assert.Single(PanelFolder.Files(_folder.Path())).FullName;

    CpuDevice Load(string? path = null, WeightMode mode = WeightMode.KeptPanels, string? folder = null)
    {
        using ModelFile file = ModelFile.Open(path ?? _model.Path);
        return CpuDevice.Load(file, new CpuOptions { Context = 64, Threads = 2, Weights = mode, PanelFolder = folder ?? _folder.Path() });
    }

    float[] Logits(string status = "", WeightMode mode = WeightMode.KeptPanels)
    {
        using CpuDevice device = Load(mode: mode);
        Assert.Contains(status, device.WeightStatus, StringComparison.Ordinal);
        return Run(device);
    }

    static float[] Run(CpuDevice device)
    {
        StepBatch batch = new();
        batch.Tokens.AddRange(BitExactnessTests.Tokens(1, 8));
        batch.Slices.Add(new StepSlice(0, 8, 0, [0], LogitRows: 1));
        device.Run(batch);
        return device.Logits(0).ToArray();
    }
}
