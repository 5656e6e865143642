using System.CommandLine;
using Millrace.Cli.Plans;
using Millrace.Planning;
using Millrace.Planning.Hardware;
using Millrace.Planning.Models;
using Millrace.Planning.Plans;

namespace Millrace.Cli;

/// <summary>The options of <c>run</c> that make it as fast, or as slow, as another machine with another model.</summary>
sealed class PaceOptions
{
    const string DefaultModel = "llama-3-70b";
    const int PromptTokens = 128, AnswerTokens = 256; // that the line's figure is of

    readonly Option<string?> _device = CliOptions.Text("--as", "Streams at the pace that is predicted of a device (see devices)", "DEVICE");
    readonly Option<string?> _model = CliOptions.Text("--as-model", $"The model that the device is thought to run [default: {DefaultModel}]", "MODEL");
    readonly Option<int?> _count = CliOptions.OptionalInt("--as-count", "Chips [default: as many as hold the model]", 1, 100_000);
    readonly Option<string?> _precision = CliOptions.Text("--as-precision", "How its weights are stored [default: as published]", "TYPE");
    readonly DeviceOptions _devices = new();

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_device);
        command.Add(_model);
        command.Add(_count);
        command.Add(_precision);
        _devices.AddTo(command);
    }

    /// <summary>The pace that is asked for, or null.</summary>
    /// <exception cref="UsageException">An option makes no sense.</exception>
    /// <exception cref="PlanningException">Device or model are not known, or the one does not hold the other.</exception>
    public Pace? Read(ParseResult parse, Terminal terminal)
    {
        if (parse.GetValue(_device) is not { } name)
        {
            return parse.GetValue(_model) is null && parse.GetValue(_count) is null && parse.GetValue(_precision) is null
                ? null
                : throw new UsageException("--as-model, --as-count and --as-precision go with --as");
        }

        Precision? precision = null;
        if (parse.GetValue(_precision) is { } text && !Precision.TryParse(text, out precision))
        {
            throw new UsageException($"--as-precision: expected a type such as bf16, fp8, int4 or q4_k_m, found '{text}'");
        }

        PlannedModel model = ModelOpener.Open(parse.GetValue(_model) ?? DefaultModel, precision);
        PlanRequest request = new(model, PromptTokens, AnswerTokens, new PlanTarget()) { Batch = 1, Count = parse.GetValue(_count) };
        Plan plan = new Planner(new CostOf(terminal).For).Best(_devices.Device(parse, _devices.Catalogue(parse), name, _device), request);
        return plan.Fits ? new Pace(plan) : throw new PlanningException($"--as {name}: {plan.Reason}");
    }
}
