using System.CommandLine;
using Millrace.Server.Store;

namespace Millrace.Cli;

/// <summary>Finds models: by path, by name in the model folders (the user's, the repository's, the program's own), by the name they were pulled by, or within the program.</summary>
static class ModelStore
{
    /// <summary>What runs where no model is named.</summary>
    public const string DefaultName = "story";

    /// <summary>The option that names a model.</summary>
    public static Option<string?> Option() => new("--model", "-m")
    {
        Description = $"GGUF file, Hugging Face folder, or name of a model (see ls) [default: {DefaultName}]",
        HelpName = "MODEL",
    };

    /// <summary>Where Millrace keeps its things: <c>MILLRACE_HOME</c>, or <c>.millrace</c> in the user's home.</summary>
    public static string? Home { get; } = Environment.GetEnvironmentVariable("MILLRACE_HOME") is { Length: > 0 } named
        ? named
        : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } user ? Path.Combine(user, ".millrace") : null;

    /// <summary>The file of keys and bills.</summary>
    /// <exception cref="CommandException">There is no home folder.</exception>
    public static string LedgerPath => Path.Combine(Home ?? throw new CommandException("no home folder: set MILLRACE_HOME"), Server.Ledger.UsageLedger.FileName);

    /// <summary>The folders where names are looked up, in order; they need not exist.</summary>
    public static IReadOnlyList<string> Folders { get; } = [.. new[] { Home, Repository(), AppContext.BaseDirectory }.OfType<string>().Select(folder => Path.Combine(folder, "models"))];

    /// <summary>The models that were pulled.</summary>
    /// <exception cref="CommandException">There is no home for them.</exception>
    public static LocalModels Pulled() => new(Path.Combine(Home ?? throw new CommandException("there is no home folder: set MILLRACE_HOME"), "models"));

    /// <summary>The names of models in the folders, in order.</summary>
    public static IEnumerable<string> Names() => Folders
        .Where(Directory.Exists)
        .SelectMany(folder => Directory.EnumerateFiles(folder, "*.gguf").Select(file => Path.GetFileNameWithoutExtension(file))
            .Concat(Directory.EnumerateDirectories(folder).Where(inner => File.Exists(Path.Combine(inner, "config.json"))).Select(inner => Path.GetFileName(inner))))
        .Concat(ShippedModels.Names)
        .Distinct()
        .Order(StringComparer.Ordinal);

    /// <summary>The path of a model.</summary>
    /// <param name="model">A path or a name; null for the default.</param>
    /// <exception cref="CommandException">There is no such model.</exception>
    public static string Find(string? model)
    {
        string name = model ?? DefaultName;
        if (model is not null && (File.Exists(model) || Directory.Exists(model)))
        {
            return model;
        }

        if (FindPulled(name) is { } manifest)
        {
            return Pulled().PathOf(manifest);
        }

        bool isName = name.Length > 0 && Path.GetFileName(name) == name;
        IEnumerable<string> candidates = isName ? Folders.SelectMany(folder => new[] { Path.Combine(folder, name + ".gguf"), Path.Combine(folder, name) }) : [];
        return candidates.FirstOrDefault(path => File.Exists(path) || Directory.Exists(path)) ?? ShippedModels.Find(name)
            ?? throw new CommandException(isName
                ? $"no model '{name}': no such file or folder here, and no such name in {string.Join(" or ", Folders)} (there: {string.Join(", ", Names().DefaultIfEmpty("none"))})"
                : $"no model '{name}': no such file or folder{(ModelName.TryParse(name) is null ? "" : ", and it was not pulled")}");
    }

    /// <summary>What a server calls a model: the name it was pulled by, or that of its file or folder.</summary>
    /// <param name="model">What <see cref="Find"/> was asked for.</param>
    /// <param name="path">What it found.</param>
    public static string NameOf(string? model, string path)
    {
        string file = Path.GetFileName(Path.TrimEndingDirectorySeparator(path));
        return model is not null && model != path && FindPulled(model) is { } manifest ? manifest.Name
            : file.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) ? file[..^5] : file;
    }

    static Manifest? FindPulled(string name) => Home is not null && ModelName.TryParse(name) is { } pulled ? Pulled().Find(pulled) : null;

    static string? Repository()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Millrace.slnx")))
            {
                return folder.FullName;
            }
        }

        return null;
    }
}
