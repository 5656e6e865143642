using System.Diagnostics;
using Millrace.Cache;
using Millrace.Devices.Cpu;
using Millrace.Graphs;
using Millrace.Scheduling;

namespace Millrace.Cli.Benchmarks;

/// <summary>Drives a device with streams of random ids: steps as the scheduler would make them, logits of each stream's last token, no sampling.</summary>
sealed class BenchRun
{
    static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.5);
    const int WarmUpSteps = 40;

    readonly CpuDevice _device;
    readonly Random _random = new(0);
    readonly StepBatch _batch = new();
    readonly int[][] _blocks; // [stream] its KV blocks
    readonly StepTwin? _twin;
    List<MeasuredStep>? _measured; // null while nothing is measured

    /// <summary>Prepares for so many streams of the device's context each.</summary>
    /// <param name="device">The device.</param>
    /// <param name="streams">Streams.</param>
    /// <param name="twin">Predicts the steps that are measured, or null.</param>
    public BenchRun(CpuDevice device, int streams, StepTwin? twin = null)
    {
        _device = device;
        _twin = twin;
        int each = KvCache.BlocksFor(device.Options.Context);
        _blocks = [.. Enumerable.Range(0, streams).Select(stream => Enumerable.Range(stream * each, each).ToArray())];
    }

    /// <summary>Runs until the code is compiled at its best.</summary>
    public void Warm()
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < WarmUpSteps || Stopwatch.GetElapsedTime(start) < WarmUp; i++)
        {
            Step([(0, i % _device.Options.Context, 1)], 1);
            if (Stopwatch.GetElapsedTime(start) > 10 * WarmUp)
            {
                break; // a large model: each step calls its kernels often enough
            }
        }
    }

    /// <summary>Puts so many tokens of each stream into the cache.</summary>
    public void Fill(int streams, int depth)
    {
        if (depth > 0)
        {
            Prefill(streams, 0, depth, []);
        }
    }

    /// <summary>Measures prompts.</summary>
    public BenchResult MeasurePrefill(int tokens, int streams, int depth, int repetitions)
    {
        double[] seconds = new double[repetitions];
        List<double> first = [];
        double bytes = 0;
        _measured = []; // what warmed up or filled is no part of it
        for (int i = 0; i < repetitions; i++)
        {
            long start = Stopwatch.GetTimestamp();
            bytes = Prefill(streams, depth, tokens, first);
            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        return new BenchResult("prefill", tokens, streams, depth, seconds, [.. first], [], bytes) { Predicted = Predict() / repetitions };
    }

    /// <summary>Measures generation.</summary>
    public BenchResult MeasureDecode(int tokens, int streams, int depth, int repetitions)
    {
        double[] seconds = new double[repetitions];
        double[] first = new double[repetitions];
        double[] steps = new double[repetitions * tokens];
        _measured = []; // what warmed up or filled is no part of it
        for (int i = 0; i < repetitions; i++)
        {
            for (int token = 0; token < tokens; token++)
            {
                long start = Stopwatch.GetTimestamp();
                Step([.. Enumerable.Range(0, streams).Select(stream => (stream, depth + token, 1))], streams);
                double step = Stopwatch.GetElapsedTime(start).TotalSeconds;
                steps[i * tokens + token] = step;
                seconds[i] += step;
                first[i] = token == 0 ? step : first[i];
            }
        }

        double? predicted = Predict();
        double bytes = Enumerable.Range(depth, tokens).Sum(position => Bytes([.. Enumerable.Repeat((position, 1), streams)], streams));
        return new BenchResult("decode", tokens, streams, depth, seconds, first, steps, bytes) { Predicted = predicted / repetitions };
    }

    // Stream after stream, as many tokens in a step as it takes. Adds the time to each stream's first token; returns the bytes to read.
    double Prefill(int streams, int from, int tokens, List<double> first)
    {
        long start = Stopwatch.GetTimestamp();
        double bytes = 0;
        (int stream, int done) = (0, 0);
        while (stream < streams)
        {
            List<(int Stream, int Position, int Count)> slices = [];
            int ended = 0;
            for (int room = _device.Options.MaxTokens; room > 0 && stream < streams;)
            {
                int count = Math.Min(room, tokens - done);
                slices.Add((stream, from + done, count));
                room -= count;
                done += count;
                if (done == tokens)
                {
                    ended++;
                    (stream, done) = (stream + 1, 0);
                }
            }

            Step(slices, ended);
            first.AddRange(Enumerable.Repeat(Stopwatch.GetElapsedTime(start).TotalSeconds, ended));
            bytes += Bytes([.. slices.Select(slice => (slice.Position, slice.Count))], ended);
        }

        return bytes;
    }

    // The first `ending` slices are the last of their streams and want logits.
    void Step(List<(int Stream, int Position, int Count)> slices, int ending)
    {
        _batch.Clear();
        for (int i = 0; i < slices.Count; i++)
        {
            (int stream, int position, int count) = slices[i];
            _batch.Slices.Add(new StepSlice(_batch.Tokens.Count, count, position, _blocks[stream], i < ending ? 1 : 0));
            for (int token = 0; token < count; token++)
            {
                _batch.Tokens.Add(_random.Next(_device.Vocabulary));
            }
        }

        long start = Stopwatch.GetTimestamp();
        _device.Run(_batch);
        for (int row = 0; row < ending; row++)
        {
            _device.Logits(row);
        }

        _measured?.Add(new MeasuredStep(slices, ending, Stopwatch.GetElapsedTime(start).TotalSeconds));
    }

    // After all repetitions, so that no prediction is made within a time that is measured.
    double? Predict()
    {
        double? seconds = _twin?.Predict(_measured!);
        _measured = null;
        return seconds;
    }

    double Bytes(IReadOnlyList<(int, int)> slices, int logitRows) =>
        _device.Plan.Cost(new StepShape(slices, logitRows, KvCache.NumberBytesWithScale(_device.Cache.Type, _device.Plan.Graph.Layers[0].HeadDim))).MemoryBytes;
}
