using System.Diagnostics;
using Millrace.Cache;
using Millrace.Devices.Cpu;
using Millrace.Scheduling;

namespace Millrace.Planning.Costs.Machine;

/// <summary>Drives a device with streams of random ids and measures its steps, logits included, sampling not.</summary>
sealed unsafe class StreamRun
{
    readonly CpuDevice _device;
    readonly Random _random = new(0);
    readonly StepBatch _batch = new();
    readonly int[][] _blocks; // [stream] its KV blocks

    readonly bool _processorTime;

    /// <summary>Prepares for so many streams of the device's context each.</summary>
    /// <param name="device">The device.</param>
    /// <param name="streams">Streams.</param>
    /// <param name="processorTime">Whether the process's own processor time is measured and not the clock's: with one thread, what the clock says where nobody else computes.</param>
    public StreamRun(CpuDevice device, int streams, bool processorTime = false)
    {
        _device = device;
        _processorTime = processorTime;
        int each = KvCache.BlocksFor(device.Options.Context);
        _blocks = [.. Enumerable.Range(0, streams).Select(stream => Enumerable.Range(stream * each, each).ToArray())];
    }

    /// <summary>Writes random keys and values for all positions, as though prompts had been computed: what attention costs does not depend on what it reads, but on that it is there.</summary>
    public void FillCache()
    {
        foreach (int block in _blocks.SelectMany(static blocks => blocks))
        {
            for (int layer = 0; layer < _device.Plan.Graph.Layers.Count; layer++)
            {
                Graphs.AttentionShape shape = _device.Plan.Graph.Layers[layer];
                float[] key = Row(shape.HeadDim);
                float[] value = Row(shape.ValueDim);
                fixed (float* k = key, v = value)
                {
                    for (int at = 0; at < shape.KvHeads * KvCache.BlockSize; at++)
                    {
                        _device.Cache.Store(layer, block, at % KvCache.BlockSize, at / KvCache.BlockSize, k, v);
                    }
                }
            }
        }
    }

    /// <summary>Seconds of a step in which so many streams each compute tokens at a position.</summary>
    /// <param name="streams">How many.</param>
    /// <param name="position">Tokens of each in the cache.</param>
    /// <param name="count">Tokens of each.</param>
    public double Time(int streams, int position, int count)
    {
        Fill(streams, position, count);
        double start = Now();
        _device.Run(_batch);
        Logits(streams);
        return Now() - start;
    }

    /// <summary>Seconds that the head takes for the logits of so many streams.</summary>
    public double TimeHead(int streams)
    {
        Fill(streams, 0, 1);
        _device.Run(_batch);
        double start = Now();
        Logits(streams);
        return Now() - start;
    }

    void Fill(int streams, int position, int count)
    {
        _batch.Clear();
        for (int stream = 0; stream < streams; stream++)
        {
            _batch.Slices.Add(new StepSlice(_batch.Tokens.Count, count, position, _blocks[stream], 1));
            for (int token = 0; token < count; token++)
            {
                _batch.Tokens.Add(_random.Next(_device.Vocabulary));
            }
        }
    }

    void Logits(int rows)
    {
        for (int row = 0; row < rows; row++)
        {
            _device.Logits(row);
        }
    }

    double Now() => _processorTime ? Environment.CpuUsage.TotalTime.TotalSeconds : Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;

    /// <summary>What stands for several times of the same step: the lower quartile, since a machine is disturbed only to be slower.</summary>
    /// <param name="seconds">The times; they are sorted.</param>
    public static double Typical(List<double> seconds)
    {
        seconds.Sort();
        return seconds[seconds.Count / 4];
    }

    float[] Row(int width)
    {
        float[] row = new float[width];
        for (int i = 0; i < width; i++)
        {
            row[i] = _random.NextSingle() - 0.5f;
        }

        return row;
    }
}
