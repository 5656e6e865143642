using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Millrace.Cli.ServeBench;
using Millrace.Planning.Simulation;

namespace Millrace.Cli.Commands;

/// <summary><c>bench serve</c>: loads a server that speaks OpenAI's API, and says how fast it answers. Options and report are those of <c>vllm bench serve</c>.</summary>
sealed class BenchServeCommand : Command
{
    const int DefaultRequests = 1000;

    readonly Terminal _terminal;
    readonly Option<string?> _url = CliOptions.Text("--base-url", "Where the server is [default: http://127.0.0.1:8080]", "URL");
    readonly Option<string?> _model = CliOptions.Text("--model", "Model to ask [default: the first that the server names]", "NAME", "-m");
    readonly Option<string?> _key = CliOptions.Text("--api-key", "Key to send [default: the variable OPENAI_API_KEY]", "KEY");
    readonly Option<string> _endpoint = CliOptions.Choice("--endpoint", "What to ask for", "chat", "completions");
    readonly Option<string?> _tier = CliOptions.Text("--service-tier", "Service class to ask for", "NAME");
    readonly Option<bool> _ignoreEos = CliOptions.Flag("--ignore-eos", "Generate to the full length, where the server knows how");
    readonly Option<string> _dataset = CliOptions.Choice("--dataset-name", "Where lengths come from", "random", "trace");
    readonly Option<string?> _trace = CliOptions.Text("--dataset-path", "Trace file: Azure's csv or Mooncake's jsonl", "FILE");
    readonly Option<int> _input = CliOptions.Int("--random-input-len", "Mean tokens of a prompt", 1024, 1, 1 << 24);
    readonly Option<int> _output = CliOptions.Int("--random-output-len", "Mean tokens of an answer", 128, 1, 1 << 24);
    readonly Option<float?> _ratio = CliOptions.Float("--random-range-ratio", "Lengths spread over mean × (1 ± ratio) [default: 0]", 0, 1);
    readonly Option<int> _prefix = CliOptions.Int("--prefix-len", "Tokens in front of each random prompt that others share", 0, 0, 1 << 24);
    readonly Option<int> _prefixes = CliOptions.Int("--num-prefixes", "How many such prefixes", 1, 1, 1 << 24);
    readonly Option<string?> _rate = CliOptions.Text("--request-rate", "Requests per second of an open loop, or inf [default: inf; with a trace, its own times]", "R");
    readonly Option<float?> _burstiness = CliOptions.Float("--burstiness", "1 is a Poisson process, less comes in bursts [default: 1]", 0.01f, 1000);
    readonly Option<int?> _concurrency = CliOptions.OptionalInt("--max-concurrency", "Most requests at once: a closed loop", 1, 1 << 20);
    readonly Option<int?> _count = CliOptions.OptionalInt("--num-prompts", $"Requests [default: {DefaultRequests}, or what --duration takes]", 1);
    readonly Option<float?> _duration = CliOptions.Float("--duration", "Seconds after which no more are sent", 0.001f, 1e6f);
    readonly Option<int> _warmups = CliOptions.Int("--num-warmups", "Requests before the measurement", 1, 0, 1000);
    readonly Option<int> _seed = CliOptions.Int("--seed", "Seed of lengths, texts and times", 0, 0);
    readonly Option<string[]> _goodput = new("--goodput") { Description = "Service levels, as ttft:500 tpot:50 e2el:9000, in milliseconds", HelpName = "NAME:MS", AllowMultipleArgumentsPerToken = true };
    readonly Option<string?> _metrics = CliOptions.Text("--percentile-metrics", "Latencies to report [default: ttft,tpot,itl,e2el]", "NAMES");
    readonly Option<string?> _percentiles = CliOptions.Text("--metric-percentiles", "Percentiles to report [default: 99]", "N,N,...");
    readonly Option<string?> _save = CliOptions.Text("--save-result", "File for the report as json", "FILE");
    readonly Option<bool> _detailed = CliOptions.Flag("--save-detailed", "The json has each request's times too");

    public BenchServeCommand(Terminal terminal)
        : base("serve", "Loads a server that speaks OpenAI's API, and says how fast it answers")
    {
        _terminal = terminal;
        foreach (Option option in new Option[]
        {
            _url, _model, _key, _endpoint, _tier, _ignoreEos, _dataset, _trace, _input, _output, _ratio, _prefix, _prefixes, _rate, _burstiness, _concurrency, _count, _duration,
            _warmups, _seed, _goodput, _metrics, _percentiles, _save, _detailed,
        })
        {
            Add(option);
        }

        SetAction(parse => Run(parse).GetAwaiter().GetResult());
    }

    async Task<int> Run(ParseResult parse)
    {
        LoadOptions options = Load(parse);
        ServiceLevels? levels = ServiceLevels.Parse(parse.GetValue(_goodput) ?? []);
        IReadOnlyList<string> metrics = Metrics(parse.GetValue(_metrics));
        IReadOnlyList<double> percentiles = Percentiles(parse.GetValue(_percentiles));
        LoadTarget target = Target(parse);
        IEnumerable<PlannedRequest> plan = Plan(parse);

        using Interrupt interrupt = new();
        if (target.Model.Length == 0)
        {
            using LoadClient asking = new(target);
            target = target with { Model = await asking.FirstModelAsync(interrupt.Token) };
        }

        using LoadClient client = new(target);
        PromptText texts = await Calibration.TextsAsync(client, interrupt.Token);
        if (!texts.IsExact)
        {
            _terminal.Error.WriteLine("notice: the server has no /tokenize, so each word of a prompt counts as one token");
        }

        await WarmAsync(client, target, texts, plan, parse.GetRequiredValue(_warmups), interrupt.Token);
        LoadResult result = await new LoadRun(client, target, texts, options).RunAsync(plan, interrupt.Token);
        LoadReport report = new() { Metrics = new LoadMetrics(result, levels), Options = options, Latencies = metrics, Percentiles = percentiles };
        report.Write(_terminal.Out);
        if (parse.GetValue(_save) is { } path)
        {
            Save(path, report, target, parse.GetValue(_detailed) ? result : null);
        }

        return interrupt.Token.IsCancellationRequested ? CommandLine.Interrupted : result.Records.Any(record => record.Succeeded) ? 0 : 1;
    }

    LoadOptions Load(ParseResult parse)
    {
        bool trace = parse.GetRequiredValue(_dataset) == "trace";
        double? rate = trace ? null : double.PositiveInfinity;
        if (parse.GetValue(_rate) is { } text)
        {
            rate = text == "inf" ? double.PositiveInfinity
                : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number is > 0 and < 1e9 ? number
                : throw new UsageException($"--request-rate: expected a number above 0 or inf, found '{text}'");
        }

        TimeSpan? duration = parse.GetValue(_duration) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
        int? requests = parse.GetValue(_count) ?? (duration is null ? DefaultRequests : null);
        int? concurrency = parse.GetValue(_concurrency);
        if (requests is null && rate is double.PositiveInfinity && concurrency is null)
        {
            throw new UsageException("--duration alone asks for endless requests at once: add --request-rate, --max-concurrency or --num-prompts");
        }

        return new LoadOptions
        {
            RequestRate = rate,
            Burstiness = parse.GetValue(_burstiness) ?? 1,
            MaxConcurrency = concurrency,
            Requests = requests,
            Duration = duration,
            Seed = parse.GetRequiredValue(_seed),
        };
    }

    LoadTarget Target(ParseResult parse) => new()
    {
        BaseUrl = LoadTarget.ParseBaseUrl(parse.GetValue(_url) ?? "http://127.0.0.1:8080"),
        Model = parse.GetValue(_model) ?? "",
        ApiKey = parse.GetValue(_key) ?? (Environment.GetEnvironmentVariable("OPENAI_API_KEY") is { Length: > 0 } key ? key : null),
        Chat = parse.GetRequiredValue(_endpoint) == "chat",
        IgnoreEos = parse.GetValue(_ignoreEos),
        ServiceTier = parse.GetValue(_tier),
    };

    IEnumerable<PlannedRequest> Plan(ParseResult parse)
    {
        if (parse.GetRequiredValue(_dataset) == "trace")
        {
            return TraceFile.Read(parse.GetValue(_trace) ?? throw new UsageException("--dataset-name trace needs --dataset-path"));
        }

        RandomLengths lengths = new()
        {
            Input = parse.GetRequiredValue(_input),
            Output = parse.GetRequiredValue(_output),
            RangeRatio = parse.GetValue(_ratio) ?? 0,
            PrefixTokens = parse.GetRequiredValue(_prefix),
            Prefixes = parse.GetRequiredValue(_prefixes),
        };
        return lengths.Plan(parse.GetRequiredValue(_seed));
    }

    // The first request of all finds the code of both sides uncompiled. Its text is none of the load's.
    static async Task WarmAsync(LoadClient client, LoadTarget target, PromptText texts, IEnumerable<PlannedRequest> plan, int count, CancellationToken cancellation)
    {
        PlannedRequest first = plan.First();
        for (int i = 0; i < count; i++)
        {
            PlannedRequest warmup = first with { Parts = [new PromptPart(ulong.MaxValue / 2 + (ulong)i, first.InputTokens)] };
            RequestRecord record = new();
            await client.SendAsync(target.Body(texts.Of(warmup), warmup.OutputTokens), record, cancellation);
            cancellation.ThrowIfCancellationRequested();
            if (!record.Succeeded)
            {
                throw new CommandException($"{target.Endpoint} fails the first request ({record.FailureKind}): {record.Error}");
            }
        }
    }

    static void Save(string path, LoadReport report, LoadTarget target, LoadResult? details)
    {
        JsonObject json = new()
        {
            ["date"] = DateTime.UtcNow.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture),
            ["base_url"] = target.BaseUrl.ToString(),
            ["endpoint"] = target.Endpoint.AbsolutePath,
            ["model_id"] = target.Model,
            ["service_tier"] = target.ServiceTier,
        };
        foreach ((string name, JsonNode? value) in report.Json().ToArray())
        {
            json[name] = value?.DeepClone();
        }

        if (details is not null)
        {
            json["requests"] = new JsonArray([.. details.Records.Select(Details)]);
        }

        OutputFile.Write(path, partial => File.WriteAllText(partial, json.ToJsonString() + "\n"));
    }

    // Times are seconds of the machine's monotonic clock, so that loads of two processes can be laid beside each other.
    static JsonNode Details(RequestRecord record) => new JsonObject
    {
        ["start"] = Seconds(record.SentAt),
        ["end"] = Seconds(record.EndedAt),
        ["texts"] = new JsonArray([.. record.TextAt.Select(at => (JsonNode)Seconds(at))]),
        ["status"] = record.Status,
        ["error"] = record.Error,
        ["input_tokens"] = record.InputTokens,
        ["cached_tokens"] = record.CachedTokens,
        ["output_tokens"] = record.OutputTokens,
    };

    static double Seconds(long timestamp) => (double)timestamp / Stopwatch.Frequency;

    static string[] Metrics(string? names)
    {
        string[] known = ["ttft", "tpot", "itl", "e2el"];
        string[] asked = names?.Split(',') ?? known;
        return asked.All(known.Contains) ? asked : throw new UsageException($"--percentile-metrics: expected some of {string.Join(',', known)}, found '{names}'");
    }

    static double[] Percentiles(string? texts)
    {
        string[] parts = (texts ?? "99").Split(',');
        double[] values = new double[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!double.TryParse(parts[i], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out values[i]) || values[i] > 100)
            {
                throw new UsageException($"--metric-percentiles: expected numbers from 0 to 100, found '{texts}'");
            }
        }

        return values;
    }
}
