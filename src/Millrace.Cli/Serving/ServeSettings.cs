using System.CommandLine;
using Microsoft.Extensions.Configuration;
using Millrace.Cli.Commands;

namespace Millrace.Cli.Serving;

/// <summary>Options of <c>serve</c> from <c>appsettings.json</c> in the current folder and from environment variables: the section <c>Millrace:Serve</c>, whose keys are the options' names without dashes (<c>"KvMemory": "2g"</c>, <c>Millrace__Serve__Port=8081</c>). The command line comes first, then the environment, then the file; each value is read by the option itself.</summary>
static class ServeSettings
{
    const string Section = "Millrace:Serve";

    /// <summary>The arguments of a command line, with those options added that only the settings give.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="serve">The command.</param>
    /// <param name="folder">Where the file is looked for.</param>
    /// <exception cref="CommandException">A key is not known, or the file is not JSON.</exception>
    /// <param name="prefix">What the names of environment variables begin with; it is no part of the key.</param>
    public static string[] Complete(string[] args, Command serve, string folder, string prefix = "")
    {
        if (args is not ["serve", ..])
        {
            return args;
        }

        IConfigurationRoot settings = Read(folder, prefix);
        HashSet<string> given = [.. args.Where(static arg => arg.StartsWith('-')).Select(static arg => arg.Split('=')[0])];
        List<string> all = [.. args];
        foreach (IConfigurationSection setting in settings.GetSection(Section).GetChildren())
        {
            Option option = serve.Options.FirstOrDefault(option => Plain(option.Name).Equals(Plain(setting.Key), StringComparison.OrdinalIgnoreCase))
                ?? throw new CommandException($"{Where(settings, setting.Path)}: {setting.Path}: unknown key; known are {string.Join(", ", serve.Options.Select(static option => Plain(option.Name)))}");
            if (!given.Contains(option.Name) && !option.Aliases.Any(given.Contains))
            {
                all.AddRange(Arguments(option, setting, settings));
            }
        }

        return [.. all];
    }

    static IEnumerable<string> Arguments(Option option, IConfigurationSection setting, IConfigurationRoot settings)
    {
        IEnumerable<IConfigurationSection> values = setting.Value is null ? setting.GetChildren() : [setting];
        foreach (IConfigurationSection value in values)
        {
            string text = value.Value ?? throw new CommandException($"{Where(settings, value.Path)}: {value.Path}: expected a value, found an object");
            ParseResult alone = new RootCommand { option }.Parse([option.Name, text]);
            if (alone.Errors.Count > 0)
            {
                throw new CommandException($"{Where(settings, value.Path)}: {value.Path}: {alone.Errors[0].Message.TrimEnd('.')}");
            }

            yield return option.Name;
            yield return text;
        }
    }

    static IConfigurationRoot Read(string folder, string prefix)
    {
        try
        {
            return new ConfigurationBuilder().AddJsonFile(Path.Combine(Path.GetFullPath(folder), "appsettings.json"), optional: true).AddEnvironmentVariables(prefix).Build();
        }
        catch (Exception exception) when (exception is InvalidDataException or FormatException)
        {
            throw new CommandException($"appsettings.json: {exception.InnerException?.Message ?? exception.Message}");
        }
    }

    static string Where(IConfigurationRoot settings, string path) =>
        settings.Providers.Last(provider => provider.TryGet(path, out _) || provider.GetChildKeys([], path).Any()) is Microsoft.Extensions.Configuration.EnvironmentVariables.EnvironmentVariablesConfigurationProvider
            ? "the environment" : "appsettings.json";

    static string Plain(string name) => name.Replace("-", "", StringComparison.Ordinal);
}
