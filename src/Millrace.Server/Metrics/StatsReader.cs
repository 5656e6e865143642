using Millrace.Server.Hosting;
using Millrace.Server.Ledger;
using Millrace.Server.Models;

namespace Millrace.Server.Metrics;

/// <summary>Sums up what the server does now.</summary>
sealed class StatsReader(ServerOptions options, ServerMetrics metrics, ModelRegistry models)
{
    const int RateSeconds = 5;

    static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    readonly Lock _lock = new();
    readonly Dictionary<string, Reading> _readings = [];

    /// <summary>What it does now.</summary>
    public Stats Read()
    {
        ModelStats[] all = [.. models.List().Select(Read)];
        ModelMetrics[] counted = [.. metrics.Models.Values];
        double[] speeds = [.. all.Select(static model => model.ReadGbPerSecond)];
        return new()
        {
            UptimeSeconds = options.TimeProvider.GetElapsedTime(metrics.Started).TotalSeconds,
            OutputTokensPerSecond = counted.Sum(static model => model.RecentFirstToken.Rate(RateSeconds) + model.RecentInterToken.Rate(RateSeconds)),
            PromptTokensPerSecond = counted.Sum(static model => model.RecentPrompt.Rate(RateSeconds)),
            Running = all.Sum(static model => model.Running),
            Waiting = all.Sum(static model => model.Waiting),
            Batch = models.Engines.Values.Select(static engine => engine.Snapshot).Sum(static now => now.Running > 0 ? now.Step.Sequences : 0),
            KvBlocks = all.Sum(static model => model.KvBlocks),
            KvBlocksUsed = all.Sum(static model => model.KvBlocksUsed),
            KvBlocksCached = all.Sum(static model => model.KvBlocksCached),
            TimeToFirstTokenMs = Percentiles(counted, static model => model.RecentFirstToken),
            InterTokenMs = Percentiles(counted, static model => model.RecentInterToken),
            Roofline = Share(speeds.DefaultIfEmpty().Max()),
            TokensPerJoule = TokensPerJoule(all.Select(static model => model.Name)),
            EnergyMeasured = models.Engines.Values.Any(static engine => engine.MeasuresEnergy),
            Requests = new(counted.Sum(static model => Enum.GetValues<Ending>().Sum(model.Ended)), metrics.Refused.Values.Sum()),
            Money = new(options.Prices.Currency, counted.Sum(static model => model.PriceMicros)),
            Models = all,
        };
    }

    ModelStats Read(ModelStatus model)
    {
        if (model.Engine is not { } engine)
        {
            return new() { Name = model.Name, Loaded = false };
        }

        EngineSnapshot state = engine.Snapshot;
        Reading reading = Look(model.Name, state.Totals);
        double speed = reading.GigabytesPerSecond;
        return new()
        {
            Name = model.Name,
            Loaded = true,
            Running = state.Running,
            Waiting = state.Waiting,
            KvBlocks = state.KvBlocks,
            KvBlocksUsed = state.KvBlocksUsed,
            KvBlocksCached = state.KvBlocksCached,
            StepMs = state.Step.Microseconds / 1e3,
            PredictedStepMs = state.Step.PredictedMicroseconds > 0 ? state.Step.PredictedMicroseconds / 1e3 : null,
            ReadGbPerSecond = speed,
            Roofline = Share(speed),
            TokensPerJoule = Ratio(reading),
        };
    }

    /// <summary>What the steps of about the last second did. Where nothing ran since: nothing read, and the tokens and joules of before.</summary>
    Reading Look(string model, EngineTotals now)
    {
        lock (_lock)
        {
            long time = options.TimeProvider.GetTimestamp();
            if (!_readings.TryGetValue(model, out Reading last) || now.Steps < last.Totals.Steps)
            {
                _readings[model] = last = new(time, now, 0, now.CompletionTokens, now.Consumption.EnergyMicrojoules);
            }
            else if (options.TimeProvider.GetElapsedTime(last.At, time) >= Window)
            {
                Consumption before = last.Totals.Consumption;
                long bytes = now.Consumption.WeightBytes + now.Consumption.KvBytesRead - before.WeightBytes - before.KvBytesRead;
                long microseconds = now.Consumption.ComputeMicroseconds - before.ComputeMicroseconds;
                _readings[model] = last = microseconds > 0
                    ? new(time, now, bytes / 1e3 / microseconds, now.CompletionTokens - last.Totals.CompletionTokens, now.Consumption.EnergyMicrojoules - before.EnergyMicrojoules)
                    : last with { At = time, GigabytesPerSecond = 0 };
            }

            return last;
        }
    }

    double? TokensPerJoule(IEnumerable<string> loaded)
    {
        lock (_lock)
        {
            Reading[] readings = [.. loaded.Where(_readings.ContainsKey).Select(name => _readings[name])];
            return Ratio(new() { Tokens = readings.Sum(static reading => reading.Tokens), Microjoules = readings.Sum(static reading => reading.Microjoules) });
        }
    }

    static double? Ratio(in Reading reading) => reading.Microjoules > 0 ? reading.Tokens * 1e6 / reading.Microjoules : null;

    double? Share(double gigabytes) => options.MemoryBandwidth is { } bandwidth && gigabytes > 0 ? gigabytes * 1e9 / bandwidth : null;

    static Percentiles? Percentiles(ModelMetrics[] models, Func<ModelMetrics, RecentValues> values) =>
        RecentValues.Percentiles(models.Select(values), 0.5, 0.9, 0.99) is [double p50, double p90, double p99] ? new(p50 * 1e3, p90 * 1e3, p99 * 1e3) : null;

    readonly record struct Reading(long At, EngineTotals Totals, double GigabytesPerSecond, long Tokens, long Microjoules);
}
