using System.CommandLine;
using Millrace.Planning;
using Millrace.Planning.Costs;
using Millrace.Planning.Hardware;
using Millrace.Planning.Plans;

namespace Millrace.Cli.Plans;

/// <summary>The options of <c>plan</c> that say what is planned, and what becomes of them.</summary>
sealed class PlanOptions
{
    readonly PlannedModelOptions _model = new();
    readonly Option<string?> _device = CliOptions.Text("--device", "Device in any spelling (h100, 8xh100), several with commas, or here: this machine (see devices)", "NAME,...", "-d");
    readonly Option<string?> _compare = CliOptions.Text("--compare", "Devices side by side", "NAME,NAME,...");
    readonly Option<bool> _any = CliOptions.Flag("--any", "All devices of the catalogue, the best for the target first");
    readonly Option<int?> _count = CliOptions.OptionalInt("--count", "Chips in all [default: as many as the target needs]", 1, 100_000, "-n");
    readonly Option<int> _input = CliOptions.Int("--input", "Tokens of a prompt", 1024, 1, 1 << 24, "--context");
    readonly Option<int> _output = CliOptions.Int("--output", "Tokens of an answer", 256, 1, 1 << 20);
    readonly Option<int?> _batch = CliOptions.OptionalInt("--batch", "Sequences at once in a replica [default: as many as the target allows]", 1, 1 << 20);
    readonly Option<int?> _tensor = CliOptions.OptionalInt("--tp", "Chips that share each product [default: the best]", 1, 100_000);
    readonly Option<int?> _pipeline = CliOptions.OptionalInt("--pp", "Groups of layers [default: the best]", 1, 100_000);
    readonly Option<int?> _expert = CliOptions.OptionalInt("--ep", "Chips that experts are spread over [default: the best]", 1, 100_000);
    readonly Option<string?> _target = CliOptions.Text("--target", "Time of a token that each user gets at most, at the least price: 50ms/token, 20tok/s [default: 50ms/token]", "TIME");
    readonly Option<int?> _users = CliOptions.OptionalInt("--users", "Users at once that must be served, with the fewest dollars an hour", 1, 1 << 30);
    readonly Option<string?> _budget = CliOptions.Text("--budget", "Dollars of a million output tokens at most, at the least time of a token: 1.20", "$/1M");
    readonly Option<string?> _price = CliOptions.Text("--price", "Dollars an hour of a chip [default: the catalogue's]", "$/H");
    readonly Option<string?> _draft = CliOptions.Text("--draft", "A model that drafts tokens for the model to check, on the same chips", "MODEL");
    readonly Option<int?> _drafted = CliOptions.OptionalInt("--draft-tokens", "Tokens that it drafts at a time [default: 4]", 1, 64);
    readonly Option<float?> _acceptance = CliOptions.Float("--acceptance", "How likely a drafted token is kept, if those before it are; depends on models and texts [default: 0.7]", 0, 1);
    readonly DeviceOptions _devices = new();

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        Option[] options = [_device, _compare, _any, _count, _input, _output, _batch, _tensor, _pipeline, _expert, _target, _users, _budget, _price, _draft, _drafted, _acceptance];
        foreach (Option option in options)
        {
            command.Add(option);
        }

        _model.AddTo(command);
        _devices.AddTo(command);
    }

    /// <summary>Whether the target is one that the user named, so that it is an error to miss it.</summary>
    public bool HasTarget(ParseResult parse) => parse.GetValue(_target) is not null || parse.GetValue(_users) is not null || parse.GetValue(_budget) is not null;

    /// <summary>Whether all devices are asked for.</summary>
    public bool IsAny(ParseResult parse) => parse.GetValue(_any);

    /// <summary>The devices that may be named.</summary>
    public DeviceCatalogue Catalogue(ParseResult parse) => _devices.Catalogue(parse);

    /// <summary>What is asked.</summary>
    /// <exception cref="UsageException">A value is none.</exception>
    public PlanRequest Request(ParseResult parse)
    {
        if (parse.GetValue(_draft) is null && (parse.GetValue(_drafted) is not null || parse.GetValue(_acceptance) is not null))
        {
            throw new UsageException("--draft-tokens and --acceptance are of a draft: name one with --draft");
        }

        return new(_model.Model(parse), parse.GetRequiredValue(_input), parse.GetRequiredValue(_output), Target(parse))
        {
            Count = parse.GetValue(_count),
            Batch = parse.GetValue(_batch),
            Tensor = parse.GetValue(_tensor),
            Pipeline = parse.GetValue(_pipeline),
            Expert = parse.GetValue(_expert),
            Engine = _model.Engine(parse),
            DollarsPerHour = Amount(parse, _price),
            Draft = parse.GetValue(_draft) is { } draft ? _model.Model(parse, draft) : null,
            Speculation = parse.GetValue(_draft) is null ? default : new Speculation(parse.GetValue(_drafted) ?? 4, Math.Round(parse.GetValue(_acceptance) ?? 0.7, 6)),
        };
    }

    /// <summary>The devices that are asked for, with the number of chips where their spelling states one (<c>8xh100</c>).</summary>
    /// <exception cref="UsageException">None is.</exception>
    public IReadOnlyList<(DeviceSpec Device, int? Chips)> Devices(ParseResult parse)
    {
        DeviceCatalogue catalogue = _devices.Catalogue(parse);
        (Option Option, string Name)[] names = [.. new[] { _device, _compare }.SelectMany(option => (parse.GetValue(option)?.Split(',', StringSplitOptions.TrimEntries) ?? []).Select(name => (option, name)))];
        if (IsAny(parse))
        {
            return names.Length == 0 ? [.. catalogue.Devices.Select(device => (WhereItApplies(parse, device), (int?)null))] : throw new UsageException("--any takes all devices: leave --device and --compare out");
        }

        return names.Length > 0
            ? [.. names.Select(one => (Device: _devices.Device(parse, catalogue, one.Name, one.Option), catalogue.Find(one.Name)?.Chips)).DistinctBy(static one => (one.Device.Id, one.Chips))]
            : throw new UsageException("name a device with --device, several with --compare, or take all with --any (millrace devices lists them)");
    }

    // What is asked of memories that only some devices have leaves the others as they are.
    DeviceSpec WhereItApplies(ParseResult parse, DeviceSpec device)
    {
        try
        {
            return _devices.With(parse, device);
        }
        catch (PlanningException) when (device.Kind is DeviceKind.Lpu or DeviceKind.Wafer or DeviceKind.Cpu or DeviceKind.Npu)
        {
            return device;
        }
    }

    PlanTarget Target(ParseResult parse)
    {
        double? seconds = null;
        if (parse.GetValue(_target) is { } text)
        {
            seconds = PlanTarget.TryParseTokenTime(text, out double read) ? read : throw new UsageException($"--target: expected a time of a token such as 50ms/token or 20tok/s, found '{text}'");
        }

        PlanTarget target = new(seconds, parse.GetValue(_users), Amount(parse, _budget));

        // What nobody asked is to be read as fast as people read, but for a batch or a budget, which say enough.
        return seconds is null && target.DollarsPerMillion is null && parse.GetValue(_batch) is null ? target with { SecondsPerToken = PlanTarget.Default.SecondsPerToken } : target;
    }

    static double? Amount(ParseResult parse, Option<string?> option) => parse.GetValue(option) is not { } text
        ? null
        : Quantity.TryParse(text.Trim().ToLowerInvariant().Replace("/1m", "", StringComparison.Ordinal), out double dollars) ? dollars : throw new UsageException($"{option.Name}: expected dollars above 0 such as 1.20, found '{text}'");
}
