using System.Buffers.Text;
using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Millrace.Devices;

/// <summary>The energy counters of a machine's processor packages: Linux's powercap files of Intel's and AMD's RAPL. They measure all that the packages do, whoever's work it is.</summary>
/// <remarks>Kernel documentation, <c>power/powercap/powercap.rst</c>.</remarks>
public sealed class EnergyMeter : IDisposable
{
    readonly SafeFileHandle[] _counters;
    readonly long[] _ranges; // a counter begins again after this value
    readonly long[] _last;
    long _total;

    EnergyMeter(List<(SafeFileHandle Counter, long Range)> packages, int? limitWatts)
    {
        LimitWatts = limitWatts;
        _counters = [.. packages.Select(package => package.Counter)];
        _ranges = [.. packages.Select(package => package.Range)];
        _last = new long[_counters.Length];
        for (int i = 0; i < _last.Length; i++)
        {
            _last[i] = Math.Max(0, Value(_counters[i]));
        }
    }

    /// <summary>What all packages together may draw for long, as the system has set it; null where it does not say, as on AMD's processors.</summary>
    public int? LimitWatts { get; }

    /// <summary>Opens the counters; null where there are none, or none that this process may read.</summary>
    /// <param name="root">Where the system shows them.</param>
    public static EnergyMeter? Open(string root = "/sys/class/powercap")
    {
        List<(SafeFileHandle, long)> packages = [];
        long? limit = 0; // in 1e-6 W
        try
        {
            foreach (string zone in Directory.Exists(root) ? Directory.GetDirectories(root, "intel-rapl:*") : [])
            {
                string name = Path.Combine(zone, "name");
                if (File.Exists(name) && File.ReadAllText(name).StartsWith("package", StringComparison.Ordinal))
                {
                    long range = long.Parse(File.ReadAllText(Path.Combine(zone, "max_energy_range_uj")), CultureInfo.InvariantCulture);
                    SafeFileHandle counter = File.OpenHandle(Path.Combine(zone, "energy_uj"), share: FileShare.ReadWrite);
                    packages.Add((counter, range));
                    string constraint = Path.Combine(zone, "constraint_0_power_limit_uw"); // the long term's
                    limit += File.Exists(constraint) ? long.Parse(File.ReadAllText(constraint), CultureInfo.InvariantCulture) : null;
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
        {
            packages.ForEach(package => package.Item1.Dispose());
            return null;
        }

        return packages.Count > 0 ? new EnergyMeter(packages, (int?)(limit / 1_000_000)) : null;
    }

    /// <summary>Microjoules since the meter was opened. One thread at a time; allocates nothing.</summary>
    public long Read()
    {
        for (int i = 0; i < _counters.Length; i++)
        {
            long value = Value(_counters[i]);
            if (value < 0)
            {
                continue; // unreadable for once: the next reading covers it
            }

            long more = value - _last[i];
            _total += more >= 0 ? more : more + _ranges[i];
            _last[i] = value;
        }

        return _total;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SafeFileHandle counter in _counters)
        {
            counter.Dispose();
        }
    }

    static long Value(SafeFileHandle counter)
    {
        Span<byte> text = stackalloc byte[32];
        try
        {
            int length = RandomAccess.Read(counter, text, 0);
            return Utf8Parser.TryParse(text[..length], out long value, out _) ? value : -1;
        }
        catch (IOException)
        {
            return -1;
        }
    }
}
