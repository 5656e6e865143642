using System.CommandLine;
using Millrace.Planning;
using Millrace.Planning.Hardware;

namespace Millrace.Cli;

/// <summary>The options of commands that plan for devices: where descriptions are looked for, and figures that are replaced.</summary>
sealed class DeviceOptions
{
    readonly Option<string[]> _settings = new("--set") { Description = $"Replaces a figure of the device: hbm.bandwidth=6TB/s, peak.fp8=2PFLOPS, price=2, ..., or {string.Join(", ", WhatIf.Names)}; again for more", HelpName = "NAME=VALUE" };

    /// <summary>Folders with descriptions.</summary>
    public Option<string[]> Folders { get; } = new("--devices") { Description = "Folder with descriptions of devices (docs/devices.md), beside $MILLRACE_HOME/devices; again for more", HelpName = "FOLDER" };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(Folders);
        command.Add(_settings);
    }

    /// <summary>The devices built in, those of the user's home and those of the folders named.</summary>
    /// <exception cref="CommandException">A folder that was named is not there.</exception>
    /// <exception cref="PlanningException">A description is wrong.</exception>
    public DeviceCatalogue Catalogue(ParseResult parse)
    {
        List<string> folders = [];
        if (ModelStore.Home is { } home && Path.Combine(home, "devices") is var own && Directory.Exists(own))
        {
            folders.Add(own);
        }

        foreach (string folder in parse.GetValue(Folders) ?? [])
        {
            folders.Add(Directory.Exists(folder) ? folder : throw new CommandException($"--devices: no folder '{folder}'"));
        }

        return DeviceCatalogue.Load(folders);
    }

    /// <summary>The device that a name, or <c>here</c>, stands for, with the figures replaced that the user replaces.</summary>
    /// <param name="parse">The options.</param>
    /// <param name="catalogue">The devices that may be named.</param>
    /// <param name="name">The name.</param>
    /// <param name="place">The option or argument that it is of.</param>
    /// <exception cref="PlanningException">There is none, or a setting is wrong.</exception>
    public DeviceSpec Device(ParseResult parse, DeviceCatalogue catalogue, string name, Symbol place) =>
        With(parse, string.Equals(name, DeviceCatalogue.HereId, StringComparison.OrdinalIgnoreCase) ? DeviceCatalogue.Here() : catalogue.Get(name, place.Name));

    /// <summary>Whether the user replaces figures.</summary>
    public bool HasSettings(ParseResult parse) => parse.GetValue(_settings) is { Length: > 0 };

    /// <summary>A device with the figures replaced that the user replaces.</summary>
    /// <exception cref="PlanningException">A setting is wrong.</exception>
    public DeviceSpec With(ParseResult parse, DeviceSpec device) => (parse.GetValue(_settings) ?? []).Aggregate(device, WhatIf.With);
}
