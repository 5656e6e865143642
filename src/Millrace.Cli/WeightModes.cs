using System.CommandLine;
using Millrace.Devices.Cpu;
using Millrace.Kernels;

namespace Millrace.Cli;

/// <summary>The option that says where weights are while a model runs, and the folder of panels that are kept.</summary>
static class WeightModes
{
    /// <summary>The folder.</summary>
    /// <exception cref="CommandException">There is no home for it.</exception>
    public static string Folder => Path.Combine(ModelStore.Home ?? throw new CommandException("there is no home folder: set MILLRACE_HOME"), "panels");

    /// <summary>What is in the folder.</summary>
    public static string Kept => PanelFolder.Files(Folder) is { Count: > 0 } files
        ? $"{files.Count} file(s) with {Tables.Bytes(files.Sum(static file => file.Length))} in {Folder} (rm --panels removes them)"
        : $"none in {Folder} (--weights kept-panels makes them)";

    /// <summary>The option.</summary>
    public static Option<string> Option() => CliOptions.Choice("--weights", "Where weights are while the model runs", "panels", "kept-panels", "low-memory");

    /// <summary>What it says.</summary>
    public static WeightMode Read(ParseResult parse, Option<string> option) => parse.GetRequiredValue(option) switch
    {
        "kept-panels" => WeightMode.KeptPanels,
        "low-memory" => WeightMode.LowMemory,
        _ => WeightMode.Panels,
    };

    /// <summary>The folder, where a mode needs it.</summary>
    public static string? FolderOf(WeightMode mode) => mode == WeightMode.KeptPanels ? Folder : null;

    /// <summary>What a mode means, for a plan that is not loaded.</summary>
    public static string Describe(WeightMode mode) => mode switch
    {
        WeightMode.KeptPanels => $"panels, made once and mapped; kept: {Kept}",
        WeightMode.LowMemory => "low memory: each product lays out rows of the mapped file",
        _ => "panels in memory, laid out at load",
    };
}
