using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Millrace.Devices.Cpu;
using Millrace.Formats;
using Millrace.Sampling;
using Millrace.Scheduling;
using Spectre.Console;

namespace Millrace.Cli.Commands;

/// <summary><c>bench beside</c>: what a long prompt does to the gaps between the tokens of those who generate, and they to it.</summary>
sealed class BenchBesideCommand : Command
{
    const int QuietTokens = 60; // of each stream before a prompt, of which the first third is not counted
    const int BlockTokens = 32;

    readonly Terminal _terminal;
    readonly ModelOptions _options = new();
    readonly Option<int> _streams = CliOptions.Int("-b", "Realtime streams that generate", 8, 1, 1024);
    readonly Option<int> _prompt = CliOptions.Int("-p", "Tokens of the prompt that comes", 2048, 16, 1 << 20);
    readonly Option<int> _repetitions = CliOptions.Int("-r", "Repetitions", 3, 1, 100);
    readonly Option<string> _output = CliOptions.Choice("--output", "What to print", "table", "json");

    public BenchBesideCommand(Terminal terminal)
        : base("beside", "Measures the gaps between tokens while a long prompt is computed")
    {
        _terminal = terminal;
        foreach (Option option in new Option[] { _streams, _prompt, _repetitions, _output })
        {
            Add(option);
        }

        _options.AddTo(this);
        SetAction(RunAsync);
    }

    async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        int streams = parse.GetRequiredValue(_streams);
        int prompt = parse.GetRequiredValue(_prompt);
        // A stream makes two tokens for each token of the prompt at the very most.
        int room = 16 + (2 * QuietTokens) + prompt;
        int context = Math.Max(prompt + BlockTokens, room);
        CpuOptions device = _options.Device(parse) with { Context = context, KvBlocks = ((streams * room) + context) / BlockTokens + streams + 2 };
        List<(long Time, StepReport Step)> steps = new(1 << 16);
        using ModelFile file = ModelFile.Open(_options.Path(parse));
        await using Engine engine = Engine.Load(file, new EngineOptions
        {
            Device = device,
            MaxSequences = streams + 1,
            StepObserver = (in StepReport step) => steps.Add((Stopwatch.GetTimestamp(), step)),
        });
        List<Measurement> runs = [];
        for (int i = 0; i < parse.GetRequiredValue(_repetitions); i++)
        {
            steps.Clear();
            runs.Add(await MeasureAsync(engine, steps, streams, prompt, room, seed: i, cancellationToken).ConfigureAwait(false));
        }

        Write(runs, parse.GetRequiredValue(_output));
        return 0;
    }

    static async Task<Measurement> MeasureAsync(
        Engine engine, List<(long Time, StepReport Step)> steps, int streams, int promptTokens, int room, int seed, CancellationToken cancellationToken)
    {
        double alone = await PromptAsync(engine, promptTokens, (2 * seed) + 1000, cancellationToken).ConfigureAwait(false);
        Generation[] others = [.. Enumerable.Range(0, streams).Select(i => engine.Submit(Ask(engine, 16, room - 16, i + (100 * seed), ServiceClass.Realtime)))];
        await UntilAsync(others, QuietTokens, cancellationToken).ConfigureAwait(false);
        long before = engine.Totals.Steps;
        double beside = await PromptAsync(engine, promptTokens, (2 * seed) + 1001, cancellationToken).ConfigureAwait(false);
        long after = engine.Totals.Steps;
        foreach (Generation other in others)
        {
            other.Cancel();
        }

        while (others.Any(other => other.FinishReason is null))
        {
            await Task.Delay(1, cancellationToken).ConfigureAwait(false);
        }

        double[] Gaps(Func<StepReport, bool> counts) =>
            [.. steps.Zip(steps.Skip(1)).Where(pair => counts(pair.Second.Step)).Select(pair => Stopwatch.GetElapsedTime(pair.First.Time, pair.Second.Time).TotalMilliseconds).Order()];
        double[] quiet = Gaps(step => step.Number <= before && step.Number > before - (QuietTokens * 2 / 3) && step.Decodes == streams && step.Tokens == streams);
        double[] loud = Gaps(step => step.Number > before && step.Number <= after && step.Tokens > step.Decodes);
        return new(Percentile(quiet, 0.5), Percentile(loud, 0.5), Percentile(loud, 0.99), loud[^1], promptTokens / alone, promptTokens / beside);
    }

    /// <summary>Seconds from a prompt's first step to its first token.</summary>
    static async Task<double> PromptAsync(Engine engine, int tokens, int seed, CancellationToken cancellationToken)
    {
        Generation generation = engine.Submit(Ask(engine, tokens, 1, seed, ServiceClass.Standard));
        await foreach (TokenOutput _ in generation.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
        }

        return (generation.Timings.FirstToken - generation.Timings.Queued).TotalSeconds;
    }

    static async Task UntilAsync(Generation[] generations, int tokens, CancellationToken cancellationToken)
    {
        while (generations.Any(generation => generation.Progress.CompletionTokens < tokens))
        {
            await Task.Delay(1, cancellationToken).ConfigureAwait(false);
        }
    }

    static GenerationRequest Ask(Engine engine, int prompt, int maxTokens, int seed, ServiceClass serviceClass)
    {
        Random random = new(seed);
        return new()
        {
            Prompt = [.. Enumerable.Range(0, prompt).Select(_ => random.Next(engine.Tokenizer.VocabularySize))],
            MaxTokens = maxTokens,
            Sampling = new SamplingParameters { Temperature = 0 },
            StopTokens = new HashSet<int>(),
            Class = serviceClass,
            CacheSalt = seed,
        };
    }

    static double Percentile(double[] sorted, double rank) => sorted[(int)Math.Ceiling(rank * sorted.Length) - 1];

    void Write(List<Measurement> runs, string output)
    {
        if (output == "json")
        {
            _terminal.Out.WriteLine(new JsonArray([.. runs.Select(run => (JsonNode)new JsonObject
            {
                ["quiet_p50_ms"] = run.Quiet,
                ["gap_p50_ms"] = run.Median,
                ["gap_p99_ms"] = run.P99,
                ["gap_max_ms"] = run.Longest,
                ["gap_p99_ratio"] = run.P99 / run.Quiet,
                ["gap_max_ratio"] = run.Longest / run.Quiet,
                ["prompt_alone_tokens_per_second"] = run.Alone,
                ["prompt_beside_tokens_per_second"] = run.Beside,
                ["prompt_ratio"] = run.Beside / run.Alone,
            })]).ToJsonString());
            return;
        }

        Table table = Tables.New(">quiet p50", ">gap p50", ">p99", ">longest", ">p99/quiet", ">longest/quiet", ">prompt alone", ">beside", ">ratio");
        foreach (Measurement run in runs)
        {
            table.Add(
                Text($"{run.Quiet:F1} ms"), Text($"{run.Median:F1} ms"), Text($"{run.P99:F1} ms"), Text($"{run.Longest:F1} ms"),
                Text($"{run.P99 / run.Quiet:F2}"), Text($"{run.Longest / run.Quiet:F2}"),
                Text($"{run.Alone:F0} tok/s"), Text($"{run.Beside:F0} tok/s"), Text($"{run.Beside / run.Alone:F2}"));
        }

        _terminal.Write(table);
    }

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    sealed record Measurement(double Quiet, double Median, double P99, double Longest, double Alone, double Beside);
}
