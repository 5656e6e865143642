using System.Text.RegularExpressions;

namespace Millrace.Tests;

/// <summary>Folders are layers: a folder uses those before it in the list and none after it.</summary>
public partial class ArchitectureTests
{
    static readonly string[] Layers = ["Formats", "Tokenization", "Kernels", "Graphs", "Architectures", "Cache", "Scheduling", "Sampling", "Devices"];

    public static TheoryData<string> Folders => [.. Layers];

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_layer_uses_only_those_below_it(string folder)
    {
        int own = Array.IndexOf(Layers, folder);
        foreach (string file in Sources(folder))
        {
            foreach (Match use in Use().Matches(File.ReadAllText(file)))
            {
                int used = Array.IndexOf(Layers, use.Groups["layer"].Value);
                Assert.True(used <= own, $"{Path.GetFileName(file)} in {folder} uses {use.Groups["layer"].Value}");
            }
        }
    }

    [Fact]
    public void The_tokenizers_know_nothing_but_the_formats() => Excludes("Tokenization", "Kernels", "Graphs", "Cache");

    [Fact]
    public void The_scheduler_knows_no_tensors() => Excludes("Scheduling", "Formats", "Tokenization", "Kernels", "Graphs", "Architectures");

    [Fact]
    public void The_pages_know_no_weight_types()
    {
        foreach (string file in Sources("Architectures"))
        {
            Assert.DoesNotContain("WeightType", File.ReadAllText(file), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_library_does_not_write_to_the_console()
    {
        foreach (string file in Sources(""))
        {
            Assert.False(Regex.IsMatch(File.ReadAllText(file), @"\bConsole\."), $"{file} uses the console");
        }
    }

    [Fact]
    public void Files_are_short_enough_to_read()
    {
        foreach (string file in Sources("").Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", "Millrace.Cli"), "*.cs", SearchOption.AllDirectories)))
        {
            Assert.True(File.ReadLines(file).Count() <= 400, $"{file} has more than 400 lines");
        }
    }

    static void Excludes(string folder, params string[] layers)
    {
        foreach (string file in Sources(folder))
        {
            foreach (Match use in Use().Matches(File.ReadAllText(file)))
            {
                Assert.False(layers.Contains(use.Groups["layer"].Value), $"{Path.GetFileName(file)} in {folder} uses {use.Groups["layer"].Value}");
            }
        }
    }

    static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", "Millrace", folder), "*.cs", SearchOption.AllDirectories);

    [GeneratedRegex(@"\bMillrace\.(?<layer>[A-Z]\w+)")]
    private static partial Regex Use();
}
