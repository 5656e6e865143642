using System.Globalization;
using Millrace.Devices;
using Millrace.Server.Hosting;
using Millrace.Server.Ledger;

namespace Millrace.Cli.Serving;

/// <summary>Tells the operator of a server with <c>--profile edge</c> what it leaves to others, and what its energy was worth.</summary>
/// <param name="options">How the server runs.</param>
/// <param name="say">Says a line.</param>
sealed class EdgeReport(ServerOptions options, Action<string> say)
{
    readonly DateTimeOffset _begin = options.TimeProvider.GetUtcNow();

    /// <summary>Says what it may take.</summary>
    public void Begin()
    {
        using EnergyMeter? meter = options.OpenEnergyMeter();
        string power = options.PowerLimit is { } limit ? $"power limited to {limit} W"
            : meter is not null ? "power measured, not limited: the machine does not say what it may draw (--power-limit)"
            : $"power not measured: {options.Watts} W assumed while it computes (--watts)";
        say($"millrace: edge: {options.FolderSettings.Threads} of {Environment.ProcessorCount} processors; {power}");
    }

    /// <summary>Says what it did since it was made.</summary>
    public void End(LedgerReader ledger)
    {
        if (ledger.Usage(new() { From = _begin }) is [{ Consumption.EnergyMicrojoules: > 0 and var microjoules } all])
        {
            using EnergyMeter? meter = options.OpenEnergyMeter();
            say(string.Create(
                CultureInfo.InvariantCulture,
                $"millrace: edge: {all.CompletionTokens:N0} tokens of answers, {microjoules / 1e6:0.##} J{(meter is null ? " (estimated)" : "")}: {all.CompletionTokens * 1e6 / microjoules:0.###} tokens per joule"));
        }
    }
}
