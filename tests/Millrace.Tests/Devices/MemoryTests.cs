using System.Diagnostics;
using System.Globalization;
using Millrace.Formats;
using Millrace.Formats.Gguf;

namespace Millrace.Tests.Devices;

/// <summary>What a run may hold and how long a file may take to open. The same on a model of 1B parameters is in bench/peer.sh.</summary>
public class MemoryTests
{
    const double Allowance = 150e6;

    [Fact]
    public void Run_holds_no_more_than_its_file_its_cache_and_150_MB()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the peak of resident memory is read from /proc");
        string model = SharedData.Require("models", "SmolLM2-135M-Instruct.Q4_1.gguf");
        const double CacheBytes = 2.0 * 30 * 3 * 64 * 2 * 2048; // keys and values, layers, heads, width, f16, context
        ProcessStartInfo start = new(Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "Millrace.Cli.dll"), "run", "-m", model, "--tokens", "504,3575,282,4649,314", "-n", "16", "--ctx", "2048", "--output", "ids" },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        double peak = 0;
        while (!process.WaitForExit(5))
        {
            peak = Math.Max(peak, Peak(process.Id));
        }

        Assert.Equal(0, process.ExitCode);
        Assert.InRange(peak, 1e6, new FileInfo(model).Length + CacheBytes + Allowance);
    }

    [Fact]
    public void File_of_a_gigabyte_opens_in_less_than_0_3_seconds()
    {
        using TemporaryFolder folder = new();
        string path = folder.Path("large.gguf");
        GgufWriter writer = new();
        writer.Add("general.architecture", "llama");
        writer.Add("tokenizer.ggml.tokens", Enumerable.Range(0, 128_000).Select(id => id.ToString(CultureInfo.InvariantCulture)).ToArray());
        writer.Add("tokenizer.ggml.merges", Enumerable.Range(0, 128_000).Select(id => $"{id} {id}").ToArray());
        for (int i = 0; i < 256; i++)
        {
            writer.Add($"blk.{i}.weight", WeightType.F32, [1024, 1024], static stream => stream.Write(new byte[1 << 22]));
        }

        using (SparseStream file = new(path))
        {
            writer.Write(file);
        }

        Assert.InRange(new FileInfo(path).Length, 1L << 30, 1L << 31);
        Assert.InRange(Enumerable.Range(0, 3).Min(_ => SecondsToOpen(path)), 0, 0.3);
    }

    static double SecondsToOpen(string path)
    {
        long start = Stopwatch.GetTimestamp();
        using ModelFile file = ModelFile.Open(path);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    static double Peak(int process)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;
        }
        catch (IOException)
        {
            return 0; // it has just ended
        }
    }

    /// <summary>A file whose large pieces are holes.</summary>
    sealed class SparseStream(string path) : FileStream(path, FileMode.CreateNew)
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (buffer.Length < 1 << 20)
            {
                base.Write(buffer);
                return;
            }

            Seek(buffer.Length, SeekOrigin.Current);
            SetLength(Position);
        }
    }
}
