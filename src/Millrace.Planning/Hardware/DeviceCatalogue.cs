using System.Reflection;
using Millrace.Planning.Hardware.Machine;

namespace Millrace.Planning.Hardware;

/// <summary>The devices that plans know: those built in, and those of the user's folders. Immutable.</summary>
public sealed class DeviceCatalogue
{
    /// <summary>How commands name this machine.</summary>
    public const string HereId = "here";

    static readonly Lazy<DeviceCatalogue> BuiltInCatalogue = new(static () => new DeviceCatalogue(ReadBuiltIn()));

    readonly List<(Spelling Spelling, DeviceSpec Device)> _names = [];

    DeviceCatalogue(IEnumerable<DeviceSpec> devices)
    {
        Devices = [.. devices];
        Dictionary<string, DeviceSpec> owners = [];
        foreach (DeviceSpec device in Devices)
        {
            // Several of a device's own names may come to the same once they are cut.
            foreach (Spelling spelling in device.Aliases.Append(device.Id).Append(device.Name).Select(Spelling.Of).DistinctBy(static spelling => spelling.Key))
            {
                if (spelling.Length == 0)
                {
                    throw new PlanningException(device.Origin, $"{device.Id}.aliases", "names with letters or digits", "one without");
                }

                if (!owners.TryAdd(spelling.Joined, device) && owners[spelling.Joined] is { } owner && owner != device)
                {
                    throw new PlanningException(device.Origin, device.Id, "names that no other device has", $"'{spelling.Key}', a name of {owner.Id} ({owner.Origin})");
                }

                _names.Add((spelling, device));
            }
        }
    }

    /// <summary>The devices that come with the library.</summary>
    public static DeviceCatalogue BuiltIn => BuiltInCatalogue.Value;

    /// <summary>The devices, in the order of their files.</summary>
    public IReadOnlyList<DeviceSpec> Devices { get; }

    /// <summary>The devices that come with the library and those of folders; a device of a folder replaces one of the same id.</summary>
    /// <param name="folders">Folders with <c>*.json</c>, later ones before earlier ones.</param>
    /// <exception cref="PlanningException">A file is not what the format demands, names a device twice, or takes another device's name.</exception>
    /// <exception cref="IOException">A folder or a file cannot be read.</exception>
    public static DeviceCatalogue Load(IEnumerable<string> folders)
    {
        List<DeviceSpec> devices = [.. BuiltIn.Devices];
        foreach (string folder in folders)
        {
            List<DeviceSpec> own = [.. Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal).SelectMany(DeviceFile.Read)];
            foreach (DeviceSpec device in own)
            {
                if (own.First(other => other.Id == device.Id) is { } first && !ReferenceEquals(first, device))
                {
                    throw new PlanningException(device.Origin, "id", "each device once", $"{device.Id}, also in {first.Origin}");
                }

                int index = devices.FindIndex(other => other.Id == device.Id);
                if (index < 0)
                {
                    devices.Add(device);
                }
                else
                {
                    devices[index] = device;
                }
            }
        }

        return new DeviceCatalogue(devices);
    }

    /// <summary>The device that a spelling names, and how many chips it states. Case does not count, nor what stands between words; of several devices that a spelling names, an accelerator goes before the processor of its host, a name with a number before one without, and the longer before the shorter.</summary>
    /// <returns>The match, or null where no device is known by such a name.</returns>
    public DeviceMatch? Find(string spelling)
    {
        Spelling text = Spelling.Of(spelling);
        (Spelling Name, DeviceSpec Device, int Start)? best = null;
        foreach ((Spelling name, DeviceSpec device) in _names)
        {
            int start = text.IndexOf(name);
            if (start >= 0 && (best is not { } other || Rank(name, device, start).CompareTo(Rank(other.Name, other.Device, other.Start)) > 0))
            {
                best = (name, device, start);
            }
        }

        if (best is not { } found)
        {
            return null;
        }

        int? chips = text.CountAt(found.Start, found.Name.Length);
        return new DeviceMatch(found.Device, chips ?? (found.Device.Vendor == "Google" ? text.NumberBehind(found.Start, found.Name.Length) : null));
    }

    /// <summary>This machine as a device, named <c>here</c>: its memory bandwidth and its multiply-adds are measured now, which takes a second or two.</summary>
    /// <param name="threads">Threads that read and compute; 0 for all processors.</param>
    public static DeviceSpec Here(int threads = 0)
    {
        const string Measured = "measured here";
        int used = threads > 0 ? threads : Environment.ProcessorCount;
        return new DeviceSpec
        {
            Id = HereId,
            Name = $"this machine ({Limits.ProcessorName}, {used} threads)",
            Vendor = "",
            Kind = DeviceKind.Cpu,
            Memory = [new MemoryLevel("DRAM", new Figure(Limits.TotalMemory, Measured, "what this process may use"), new Figure(MemoryBandwidth.Measure(used), Measured))],
            Peaks = new Dictionary<NumberType, Figure> { [NumberType.Fp32] = new(PeakFlops.Measure(used), Measured, "multiply-adds of floats in the runtime's vectors") },
            SystemChips = 1,
            Origin = Measured,
        };
    }

    /// <summary>The device that a spelling names.</summary>
    /// <param name="spelling">The spelling.</param>
    /// <param name="place">Where it stands, which the message begins with: an option, say.</param>
    /// <exception cref="PlanningException">There is none; the message lists those whose names are near.</exception>
    public DeviceSpec Get(string spelling, string place = "device") => Find(spelling)?.Device
        ?? throw new PlanningException(place, "", $"a device such as {string.Join(", ", Near(spelling))}", spelling.Length == 0 ? "no name" : spelling) { IsWrongUse = true };

    /// <summary>The ids of the devices whose names are nearest to a spelling, the nearest first.</summary>
    public IReadOnlyList<string> Near(string spelling)
    {
        const int Shown = 4;
        string wanted = Spelling.Of(spelling).Joined;
        return
        [
            .. _names.Select(name => (name.Device.Id, Distance: EditDistance.Between(wanted, name.Spelling.Joined) / (double)Math.Max(wanted.Length, name.Spelling.Joined.Length)))
                .GroupBy(static name => name.Id, static name => name.Distance)
                .OrderBy(static group => group.Min())
                .Take(Shown)
                .Select(static group => group.Key),
        ];
    }

    static (bool, bool, int, int) Rank(Spelling name, DeviceSpec device, int start) => (device.Kind != DeviceKind.Cpu, name.HasNumber, name.Joined.Length, -start);

    static IEnumerable<DeviceSpec> ReadBuiltIn()
    {
        Assembly assembly = typeof(DeviceCatalogue).Assembly;
        foreach (string name in assembly.GetManifestResourceNames().Where(static name => name.StartsWith("devices/", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using Stream stream = assembly.GetManifestResourceStream(name)!;
            byte[] json = new byte[stream.Length];
            stream.ReadExactly(json);
            foreach (DeviceSpec device in DeviceFile.Parse(name, "built in", json))
            {
                yield return device;
            }
        }
    }
}
