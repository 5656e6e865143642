using System.Text;

namespace Millrace.Benchmarks;

/// <summary>What results are kept under: the processor as it names itself, with the numbers of its kind, because virtual machines hide names.</summary>
static class CpuName
{
    /// <summary>To read: <c>AMD EPYC, family 26, model 2</c>.</summary>
    public static string Full { get; } = Read();

    /// <summary>As the name of a folder.</summary>
    public static string Folder { get; } = Slug(Full);

    static string Read()
    {
        string[] lines = File.Exists("/proc/cpuinfo") ? File.ReadAllLines("/proc/cpuinfo") : [];
        string Value(string key) => lines.FirstOrDefault(line => line.Split('\t', ':')[0] == key)?.Split(':')[^1].Trim() ?? "unknown";
        return $"{Value("model name")}, family {Value("cpu family")}, model {Value("model")}";
    }

    static string Slug(string text)
    {
        StringBuilder slug = new();
        foreach (char c in text.ToLowerInvariant())
        {
            if (char.IsAsciiLetterOrDigit(c))
            {
                slug.Append(c);
            }
            else if (slug.Length > 0 && slug[^1] != '-')
            {
                slug.Append('-');
            }
        }

        return slug.ToString().TrimEnd('-');
    }
}
