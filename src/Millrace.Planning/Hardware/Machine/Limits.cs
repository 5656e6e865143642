using System.Globalization;

namespace Millrace.Planning.Hardware.Machine;

/// <summary>What this process may use: the machine's, or less where a control group says so.</summary>
static class Limits
{
    const string Groups = "/sys/fs/cgroup";

    /// <summary>Bytes of memory that can still be had without swapping.</summary>
    public static long AvailableMemory
    {
        get
        {
            GCMemoryInfo memory = GC.GetGCMemoryInfo();
            long limit = Math.Max(0, memory.TotalAvailableMemoryBytes - Environment.WorkingSet);
            return Lines("/proc/meminfo").FirstOrDefault(line => line.StartsWith("MemAvailable:", StringComparison.Ordinal)) is { } line
                && long.TryParse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture, out long kilobytes)
                ? Math.Min(limit, kilobytes * 1024)
                : limit;
        }
    }

    /// <summary>Bytes of memory that the process may use in all.</summary>
    public static long TotalMemory => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Processors' worth of time that control groups allow, or null where they set no limit.</summary>
    public static double? ProcessorLimit => Tightest("cpu.max", static text =>
        text.Split(' ') is [var quota, var period] && double.TryParse(quota, CultureInfo.InvariantCulture, out double used) ? used / double.Parse(period, CultureInfo.InvariantCulture) : null)
        ?? Version1();

    /// <summary>Bytes of memory that control groups allow, or null where they set no limit.</summary>
    public static double? MemoryLimit => Tightest("memory.max", static text => double.TryParse(text, CultureInfo.InvariantCulture, out double bytes) ? bytes : null)
        ?? (Number($"{Groups}/memory/memory.limit_in_bytes") is { } limit && limit < 1L << 60 ? limit : null);

    /// <summary>The processor's name, or "unknown".</summary>
    public static string ProcessorName => Lines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) is { } line
        ? line[(line.IndexOf(':') + 1)..].Trim()
        : "unknown";

    /// <summary>The caches of the first processor, such as <c>L1d 32K</c>.</summary>
    public static IEnumerable<string> Caches()
    {
        for (int i = 0; Directory.Exists($"/sys/devices/system/cpu/cpu0/cache/index{i}"); i++)
        {
            string folder = $"/sys/devices/system/cpu/cpu0/cache/index{i}";
            string type = Lines($"{folder}/type").FirstOrDefault("");
            if (type != "Instruction")
            {
                yield return $"L{Lines($"{folder}/level").FirstOrDefault("?")}{(type == "Data" ? "d" : "")} {Lines($"{folder}/size").FirstOrDefault("?")}";
            }
        }
    }

    // Version 2: the process's group and each above it may set a limit.
    static double? Tightest(string file, Func<string, double?> read)
    {
        string? group = Lines("/proc/self/cgroup").FirstOrDefault(line => line.StartsWith("0::", StringComparison.Ordinal))?[3..];
        double? tightest = null;
        for (string? folder = group is null ? null : Groups + group; folder is not null && folder.StartsWith(Groups, StringComparison.Ordinal); folder = Path.GetDirectoryName(folder.TrimEnd('/')))
        {
            if (Lines(Path.Combine(folder, file)).FirstOrDefault() is { } text && read(text) is { } limit && !(limit >= tightest))
            {
                tightest = limit;
            }
        }

        return tightest;
    }

    static double? Version1() =>
        Number($"{Groups}/cpu/cpu.cfs_quota_us") is { } quota && quota > 0 && Number($"{Groups}/cpu/cpu.cfs_period_us") is { } period ? quota / period : null;

    static double? Number(string file) => double.TryParse(Lines(file).FirstOrDefault(), CultureInfo.InvariantCulture, out double value) ? value : null;

    static string[] Lines(string file)
    {
        try
        {
            return File.Exists(file) ? File.ReadAllLines(file) : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
