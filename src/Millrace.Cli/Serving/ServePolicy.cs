using System.CommandLine;
using Millrace.Devices;
using Millrace.Server.Hosting;
using Millrace.Server.Models;
using Millrace.Server.Prices;

namespace Millrace.Cli.Serving;

/// <summary>The options of <c>serve</c> that say what tokens cost, what power it may draw, and who may come.</summary>
sealed class ServePolicy
{
    readonly Option<string?> _prices = CliOptions.Text("--prices", "Price list, a JSON file [default: everything is free]", "FILE");
    readonly Option<string> _profile = CliOptions.Choice("--profile", "What it is tuned for; edge leaves half of the processors, and of the power where that is measured and limited, to others", "server", "edge");
    readonly Option<int?> _watts = CliOptions.OptionalInt("--watts", "Power drawn while it computes, for the receipts of a machine that does not measure it [default: 5 a thread]", 1, 100_000);
    readonly Option<int?> _powerLimit = CliOptions.OptionalInt("--power-limit", "Power that it may draw, on a machine that measures it: it pauses between steps to stay below [default: none; half of what the machine allows with --profile edge]", 1, 100_000);
    readonly Option<string[]> _firstToken = new("--ttft")
    {
        Description = "How long requests of a class may wait for their first token, again for more: what would wait longer is refused; -1 is no bound [default: realtime=1s, standard=2s, batch=-1]",
        HelpName = "CLASS=DURATION",
    };

    readonly Option<int> _drain = CliOptions.Int("--drain", "Seconds that requests may still run when it is told to stop", 30, 0, 86_400);
    readonly Option<string[]> _hosts = new("--allow-host") { Description = "Host name that requests may ask for, again for more [default: this machine's own on a loopback address, else any]", HelpName = "NAME" };
    readonly Option<string[]> _origins = new("--allow-origin") { Description = "Origin of web pages that may use it, again for more; * is any", HelpName = "URL" };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _prices, _profile, _watts, _powerLimit, _firstToken, _drain, _hosts, _origins })
        {
            command.Add(option);
        }
    }

    /// <summary>Whether it is to leave room for others.</summary>
    public bool IsEdge(ParseResult parse) => parse.GetRequiredValue(_profile) == "edge";

    /// <summary>Fills in the policy of a server.</summary>
    /// <exception cref="UsageException">A value is none.</exception>
    /// <exception cref="CommandException">The price list is wrong, or a limit cannot be kept.</exception>
    public ServerOptions Apply(ParseResult parse, ServerOptions options)
    {
        using EnergyMeter? meter = EnergyMeter.Open();
        int? limit = parse.GetValue(_powerLimit);
        return limit is not null && meter is null
            ? throw new CommandException("--power-limit: this machine's energy counters cannot be read (/sys/class/powercap)")
            : options with
            {
                Prices = Prices(parse.GetValue(_prices)),
                OpenEnergyMeter = static () => EnergyMeter.Open(),
                PowerLimit = limit ?? (IsEdge(parse) ? EdgeLimit(meter) : null),
                Watts = parse.GetValue(_watts) ?? 5 * options.FolderSettings.Threads ?? 5 * Environment.ProcessorCount,
                FirstToken = (parse.GetValue(_firstToken) ?? []).Aggregate(options.FirstToken, FirstToken),
                DrainTimeout = TimeSpan.FromSeconds(parse.GetRequiredValue(_drain)),
                AllowedHosts = parse.GetValue(_hosts) ?? [],
                AllowedOrigins = parse.GetValue(_origins) ?? [],
            };
    }

    /// <summary>Half of what a machine may draw, in watts; null where it does not measure or say.</summary>
    internal static int? EdgeLimit(EnergyMeter? meter) => meter?.LimitWatts is { } watts and > 1 ? watts / 2 : null;

    static FirstTokenTargets FirstToken(FirstTokenTargets targets, string text)
    {
        string[] parts = text.Split('=', 2);
        if (parts.Length < 2 || !KeepAlive.TryParse(parts[1], out TimeSpan time))
        {
            throw Wrong(text);
        }

        TimeSpan? target = time == Timeout.InfiniteTimeSpan ? null : time;
        return parts[0] switch
        {
            "realtime" => targets with { Realtime = target },
            "standard" => targets with { Standard = target },
            "batch" => targets with { Batch = target },
            _ => throw Wrong(text),
        };

        static UsageException Wrong(string text) => new($"--ttft: expected CLASS=DURATION such as standard=10s, of realtime, standard and batch, found '{Printable.Of(text)}'");
    }

    static PriceList Prices(string? path)
    {
        try
        {
            return path is null ? PriceList.Free : PriceList.Read(path);
        }
        catch (PriceListException exception)
        {
            throw new CommandException(exception.Message);
        }
    }
}
