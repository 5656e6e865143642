using Millrace.Cache;
using Millrace.Devices.Cpu;
using Millrace.Formats;
using Millrace.Graphs;
using Millrace.Scheduling;

namespace Millrace.Benchmarks.Peers;

/// <summary>Millrace: steps as its scheduler would make them, without sampling.</summary>
sealed class MillraceSide(ModelFile file, int threads) : ISide
{
    const int ShortStreams = 16;

    readonly StepBatch _batch = new();
    PeerRow? _row;
    CpuDevice? _device;
    int[][] _blocks = []; // [stream]
    int[][] _tokens = []; // [stream]

    public string Settings => "";

    /// <summary>Bytes of weights, keys and values that a step of the row must read from memory.</summary>
    public double BytesOfStep(PeerRow row) => _device!.Plan.Cost(new StepShape(
        [.. Enumerable.Repeat((row.IsPrompt ? row.Depth : row.Depth + row.Tokens / 2, row.IsPrompt ? row.Tokens : 1), row.Streams)], row.Streams,
        KvCache.NumberBytesWithScale(_device.Cache.Type, _device.Plan.Graph.Layers[0].HeadDim))).MemoryBytes;

    public void Prepare(PeerRow row)
    {
        _row = row;
        int each = KvCache.BlocksFor(row.Context);
        if (_device is null || _device.Options.Context != row.Context || _device.Options.KvType != row.Kv || _device.Cache.Blocks < each * row.Streams)
        {
            _device?.Dispose();
            int streams = row.Context == PeerRow.ShortContext ? Math.Max(row.Streams, ShortStreams) : row.Streams;
            _device = CpuDevice.Load(file, new CpuOptions { Threads = threads, Context = row.Context, KvType = row.Kv, KvBlocks = streams * each, MaxTokens = StreamTokens.Real });
        }

        _blocks = [.. Enumerable.Range(0, row.Streams).Select(stream => Enumerable.Range(stream * each, each).ToArray())];
        int[][] before = StreamTokens.Before(row, _device.Vocabulary);
        for (int stream = 0; stream < row.Streams && row.Depth > 0; stream++)
        {
            _batch.Clear();
            Add(stream, before[stream], 0);
            Compute();
            for (int block = KvCache.BlocksFor(before[stream].Length); block < KvCache.BlocksFor(row.Depth); block++)
            {
                _device.Cache.Copy(_blocks[stream][block % KvCache.BlocksFor(StreamTokens.Real)], _blocks[stream][block]);
            }
        }
    }

    public void Reset(int seed) => _tokens = StreamTokens.Measured(_row!, _device!.Vocabulary, seed);

    public void Run()
    {
        int count = _row!.IsPrompt ? _row.Tokens : 1;
        for (int done = 0; done < _row.Tokens; done += count)
        {
            _batch.Clear();
            for (int stream = 0; stream < _row.Streams; stream++)
            {
                Add(stream, _tokens[stream].AsSpan(done, count), _row.Depth + done);
            }

            Compute();
        }
    }

    public void Dispose() => _device?.Dispose();

    void Add(int stream, ReadOnlySpan<int> tokens, int position)
    {
        _batch.Slices.Add(new StepSlice(_batch.Tokens.Count, tokens.Length, position, _blocks[stream], LogitRows: 1));
        _batch.Tokens.AddRange(tokens);
    }

    void Compute()
    {
        _device!.Run(_batch);
        for (int row = 0; row < _batch.Slices.Count; row++)
        {
            _ = _device.Logits(row)[0];
        }
    }
}
