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
        double speed = Speed(model.Name, state.Totals.Consumption);
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
        };
    }

    /// <summary>GB that the steps of about the last second read in a second of steps; what was before, where nothing ran since.</summary>
    double Speed(string model, Consumption now)
    {
        lock (_lock)
        {
            long time = options.TimeProvider.GetTimestamp();
            if (!_readings.TryGetValue(model, out Reading last) || now.ComputeMicroseconds < last.Consumption.ComputeMicroseconds)
            {
                _readings[model] = last = new(time, now, 0);
            }
            else if (options.TimeProvider.GetElapsedTime(last.At, time) >= Window)
            {
                long bytes = now.WeightBytes + now.KvBytesRead - last.Consumption.WeightBytes - last.Consumption.KvBytesRead;
                long microseconds = now.ComputeMicroseconds - last.Consumption.ComputeMicroseconds;
                _readings[model] = last = new(time, now, microseconds > 0 ? bytes / 1e3 / microseconds : 0);
            }

            return last.Speed;
        }
    }

    double? Share(double gigabytes) => options.MemoryBandwidth is { } bandwidth && gigabytes > 0 ? gigabytes * 1e9 / bandwidth : null;

    static Percentiles? Percentiles(ModelMetrics[] models, Func<ModelMetrics, RecentValues> values) =>
        RecentValues.Percentiles(models.Select(values), 0.5, 0.9, 0.99) is [double p50, double p90, double p99] ? new(p50 * 1e3, p90 * 1e3, p99 * 1e3) : null;

    readonly record struct Reading(long At, Consumption Consumption, double Speed);
}
