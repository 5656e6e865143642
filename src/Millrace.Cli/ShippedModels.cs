using System.Reflection;

namespace Millrace.Cli;

/// <summary>The models within the program itself, where it was published as a single file: each is written to a file of its own when it is first asked for.</summary>
static class ShippedModels
{
    const string Prefix = "models/";
    const string Suffix = ".gguf";

    static readonly Assembly Program = typeof(ShippedModels).Assembly;

    /// <summary>Their names.</summary>
    public static IEnumerable<string> Names { get; } =
        [.. Program.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Select(name => name[Prefix.Length..^Suffix.Length])];

    /// <summary>The file of a model, or null where there is none of this name.</summary>
    /// <exception cref="CommandException">It cannot be written.</exception>
    public static string? Find(string name)
    {
        using Stream? model = Names.Contains(name) ? Program.GetManifestResourceStream(Prefix + name + Suffix) : null;
        if (model is null)
        {
            return null;
        }

        // One folder for each build, so that another version's files are never taken for these.
        string folder = Path.Combine(ModelStore.Home ?? Path.GetTempPath(), "shipped", Program.ManifestModule.ModuleVersionId.ToString("N"));
        string path = Path.Combine(folder, name + Suffix);
        if (File.Exists(path) && new FileInfo(path).Length == model.Length)
        {
            return path;
        }

        try
        {
            Directory.CreateDirectory(folder);
            string partial = $"{path}.{Environment.ProcessId}";
            using (FileStream file = File.Create(partial))
            {
                model.CopyTo(file);
            }

            File.Move(partial, path, overwrite: true);
            return path;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"cannot write the model '{name}' that this program carries: {exception.Message}");
        }
    }
}
