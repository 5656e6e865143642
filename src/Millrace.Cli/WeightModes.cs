using System.CommandLine;
using Millrace.Devices.Cpu;

namespace Millrace.Cli;

/// <summary>The option that says where weights are while a model runs.</summary>
static class WeightModes
{
    /// <summary>The option.</summary>
    public static Option<string> Option() => CliOptions.Choice("--weights", "Where weights are while the model runs", "panels", "low-memory");

    /// <summary>What it says.</summary>
    public static WeightMode Read(ParseResult parse, Option<string> option) => parse.GetRequiredValue(option) switch
    {
        "low-memory" => WeightMode.LowMemory,
        _ => WeightMode.Panels,
    };
}
