using System.Globalization;
using System.Text.RegularExpressions;
using Millrace.Server.Hosting;
using Millrace.Server.Store;

namespace Millrace.Server.Models;

/// <summary>The names that requests may give: those of the options, and of what lies in the model folders or was pulled into them. A name is looked up among these and is never a path.</summary>
sealed partial class ModelCatalog(ServerOptions options)
{
    /// <summary>What is offered, in the order of the options and then of the names.</summary>
    public IReadOnlyList<ModelOptions> List()
    {
        HashSet<string> named = [.. options.Models.Select(static model => model.Name)];
        return [.. options.Models, .. InFolders().Where(model => named.Add(model.Name)).OrderBy(static model => model.Name, StringComparer.Ordinal)];
    }

    /// <summary>The model of a name, or null.</summary>
    public ModelOptions? Find(string name) =>
        options.Models.FirstOrDefault(model => model.Name == name) ?? InFolders().FirstOrDefault(model => model.Name == name);

    /// <summary>Parts of a GGUF model by its file name: 1 where it is whole.</summary>
    /// <param name="path">The file.</param>
    /// <param name="stem">The path without the part's number.</param>
    public static int PartsOf(string path, out string stem)
    {
        Match match = Part().Match(path);
        stem = match.Success ? match.Groups[1].Value : path;
        return match.Success ? Math.Max(1, int.Parse(match.Groups[3].Value, CultureInfo.InvariantCulture)) : 1;
    }

    IEnumerable<ModelOptions> InFolders()
    {
        foreach (string folder in options.ModelFolders.Append(options.PulledModels).Distinct().Where(Directory.Exists))
        {
            foreach (string path in Directory.EnumerateFiles(folder, "*.gguf"))
            {
                if (Part().Match(path) is not { Success: true } part || part.Groups[2].Value == "00001")
                {
                    yield return Offer(Path.GetFileNameWithoutExtension(path), path);
                }
            }

            foreach (string path in Directory.EnumerateDirectories(folder).Where(static inner => File.Exists(Path.Combine(inner, "config.json"))))
            {
                yield return Offer(Path.GetFileName(path), path);
            }

            LocalModels pulled = new(folder);
            foreach (Manifest manifest in pulled.ListSound())
            {
                yield return Offer(manifest.Name, pulled.PathOf(manifest));
            }
        }
    }

    ModelOptions Offer(string name, string path) => new(options.FolderSettings) { Name = name, Path = path };

    [GeneratedRegex("^(.*)-([0-9]{5})-of-([0-9]{5})\\.gguf$", RegexOptions.Singleline)]
    private static partial Regex Part();
}
