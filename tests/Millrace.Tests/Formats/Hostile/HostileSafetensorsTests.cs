using Millrace.Formats;

namespace Millrace.Tests.Formats.Hostile;

public class HostileSafetensorsTests
{
    static readonly Dictionary<string, HostileCase> Cases = HostileSafetensors.All().ToDictionary(static item => item.Name);

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_bad_file_is_refused_with_its_message(string name)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.Path("config.json"), "{}");
        string path = folder.Path("model.safetensors");
        File.WriteAllBytes(path, Cases[name].Bytes);
        ModelFormatException refusal = Assert.Throws<ModelFormatException>(() => ModelFile.Open(folder.Path()));
        Assert.Equal($"{path}: {Cases[name].Message}", refusal.Message);
    }
}
