using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using Millrace.Architectures;
using Millrace.Cache;
using Millrace.Formats;
using Millrace.Graphs;
using Millrace.Kernels;
using Millrace.Kernels.MachineCode;
using Millrace.Planning.Hardware.Machine;
using Spectre.Console;

namespace Millrace.Cli.Commands;

/// <summary><c>explain</c>: the plan of a model, op by op, and the least time that each takes on this machine.</summary>
sealed partial class ExplainCommand : Command
{
    readonly Terminal _terminal;
    readonly ModelOptions _options = new();
    readonly Option<int> _depth = CliOptions.Int("--depth", "Tokens in the cache before the step", 0, 0, 1 << 24, "-d");
    readonly Option<int> _tokens = CliOptions.Int("--step", "Tokens of the step: 1 is decoding, more is a prompt", 1, 1, 1 << 20);
    readonly Option<string> _fusions = CliOptions.Choice("--fusions", "Passes to apply", "all", "none");

    public ExplainCommand(Terminal terminal)
        : base("explain", "Prints a model's plan, what was fused, and bytes, FLOPs and roofline time of each op")
    {
        _terminal = terminal;
        Add(_depth);
        Add(_tokens);
        Add(_fusions);
        _options.AddTo(this);
        SetAction(Run);
    }

    void Run(ParseResult parse)
    {
        var options = _options.Device(parse);
        (int depth, int tokens) = (parse.GetRequiredValue(_depth), parse.GetRequiredValue(_tokens));
        using ModelFile file = ModelFile.Open(_options.Path(parse));
        Graph graph = Architecture.Build(file, checked(depth + tokens));
        Plan plan = Plan.Compile(graph, parse.GetRequiredValue(_fusions) == "all" ? Fusions.All : Fusions.None);

        StepShape step = new([(depth, tokens)], 1, KvCache.NumberBytesWithScale(options.KvType, graph.Layers[0].HeadDim));
        Roofline roofline = new(MemoryBandwidth.Measure(options.Threads), PeakFlops.Measure(options.Threads));

        _terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{file.Path}: a step of {tokens} token(s) at depth {depth}, {options.Threads} thread(s), {Processors.Status(options.Threads)}"));
        _terminal.Out.WriteLine($"machine: reads {Tables.Bytes(roofline.Bandwidth)}/s, {Tables.Count(roofline.Flops)}FLOP/s (float multiply-adds), both measured now");
        _terminal.Out.WriteLine($"integer products: {KernelPaths.NameOf(KernelPaths.Choose(WeightType.Q4_0, tokens))}; machine code: {EmittedCode.Status}");
        _terminal.Out.WriteLine($"weights: {WeightModes.Describe(options.Weights)}");
        WriteFusions(graph, plan);
        _terminal.Write(Ops(plan, step, roofline));
        WriteTotal(plan, step, roofline);
    }

    void WriteFusions(Graph graph, Plan plan)
    {
        List<string> steps = [$"{graph.Ops.Count} ops as written"];
        int before = graph.Ops.Count;
        Fusions applied = Fusions.None;
        foreach (Fusions fusion in Enum.GetValues<Fusions>().Where(fusion => fusion is not (Fusions.None or Fusions.All) && plan.Fusions.HasFlag(fusion)))
        {
            applied |= fusion;
            int after = Passes.Apply(graph, applied).Ops.Count;
            steps.Add($"{fusion} −{before - after}");
            before = after;
        }

        _terminal.Out.WriteLine($"fused: {string.Join(", ", steps)}: {plan.Graph.Ops.Count} ops run");
    }

    // Ops that differ in nothing but their layer share a line.
    static Table Ops(Plan plan, StepShape step, Roofline roofline)
    {
        Table table = Tables.New(">ops", "op", "kind", "type", ">weights", ">KV", ">FLOPs", ">roofline", "bound");
        foreach (IGrouping<(string, string, string, OpCost), Op> group in plan.Graph.Ops.GroupBy(op => (Layer().Replace(op.Name, "blk.*."), op.Kind, Types(op), op.Cost(step))))
        {
            (string name, string kind, string types, OpCost cost) = group.Key;
            table.Add(
                group.Count().ToString(CultureInfo.InvariantCulture) + " ×",
                name,
                kind,
                types,
                Tables.Bytes(cost.WeightBytes),
                Tables.Bytes(cost.KvBytes),
                Tables.Count(cost.Flops),
                Time(roofline.Seconds(cost)),
                roofline.IsMemoryBound(cost) ? "memory" : "compute");
        }

        return table;
    }

    void WriteTotal(Plan plan, StepShape step, Roofline roofline)
    {
        OpCost total = plan.Cost(step);
        double seconds = plan.Graph.Ops.Sum(op => roofline.Seconds(op.Cost(step)));
        _terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"in all: {Tables.Bytes(total.WeightBytes)} of weights, {Tables.Bytes(total.KvBytes)} of KV, {Tables.Count(total.Flops)}FLOP: at least {Time(seconds)}, at most {step.Tokens / seconds:0.#} tokens/s"));
    }

    static string Types(Op op) => string.Join(" ", op.Weights.Select(weight => weight.Type.GgufName).Distinct());

    static string Time(double seconds) => seconds switch
    {
        >= 1 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.00} s"),
        >= 1e-3 => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e3:0.00} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e6:0.00} µs"),
    };

    /// <summary>The two limits of a machine (Williams et al. 2009).</summary>
    /// <param name="Bandwidth">Bytes read per second.</param>
    /// <param name="Flops">Operations per second.</param>
    readonly record struct Roofline(double Bandwidth, double Flops)
    {
        public double Seconds(OpCost cost) => Math.Max(cost.MemoryBytes / Bandwidth, cost.Flops / Flops);

        public bool IsMemoryBound(OpCost cost) => cost.MemoryBytes / Bandwidth >= cost.Flops / Flops;
    }

    [GeneratedRegex(@"blk\.[0-9]+\.")]
    private static partial Regex Layer();
}
