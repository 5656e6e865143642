using System.Diagnostics;
using System.Globalization;
using Millrace.Tests.Conformance;

namespace Millrace.Benchmarks.Peers;

/// <summary>llama.cpp with the settings that are its fastest for the row: before a row is timed, it computes it once with each.</summary>
sealed class LlamaSide(string path, int threads) : ISide
{
    // A cache of 8 bits needs flash attention.
    static readonly LlamaSettings[] Choices = [new(Flash: true, 512), new(Flash: false, 512)];

    readonly LlamaCppModel _model = new(path);
    readonly IntPtr _threadpool = LlamaStreams.Threadpool(threads);
    LlamaStreams? _streams;
    PeerRow? _row;
    int[][] _tokens = []; // [stream]
    bool _warm;

    public string Settings { get; private set; } = "";

    /// <summary>The release and the back end, as the names of the loaded libraries say.</summary>
    public static string Version()
    {
        string[] names = [.. File.ReadLines("/proc/self/maps").Select(static line => Path.GetFileNameWithoutExtension(line)).Distinct()];
        string Part(string prefix) => names.FirstOrDefault(name => name.StartsWith(prefix, StringComparison.Ordinal))?[prefix.Length..] ?? "unknown";
        return $"{Part("libllama.")}, back end {Part("libggml-cpu-")}";
    }

    public void Prepare(PeerRow row)
    {
        _row = row;
        LlamaSettings[] choices = [.. Choices.Where(choice => choice.Flash || row.Kv == Kernels.KvType.F16)];
        if (!_warm)
        {
            Seconds(choices[0]); // the first run reads the file
            _warm = true;
        }

        (LlamaSettings best, _) = choices.Length == 1 ? (choices[0], 0) : choices.Select(choice => (choice, Seconds(choice))).MinBy(static tried => tried.Item2);
        Settings = string.Create(CultureInfo.InvariantCulture, $"flash attention {(best.Flash ? "on" : "off")}, micro-batch {best.MicroBatch}");
        Open(best);
    }

    public void Reset(int seed)
    {
        _tokens = StreamTokens.Measured(_row!, _model.VocabularySize, seed);
        for (int stream = 0; stream < _row!.Streams; stream++)
        {
            _streams!.Truncate(stream, _row.Depth);
        }
    }

    public void Run()
    {
        int count = _row!.IsPrompt ? _row.Tokens : 1;
        for (int done = 0; done < _row.Tokens; done += count)
        {
            _streams!.Clear();
            for (int stream = 0; stream < _row.Streams; stream++)
            {
                _streams.Add(stream, _tokens[stream].AsSpan(done, count), _row.Depth + done);
            }

            _streams.Compute();
        }
    }

    public void Dispose()
    {
        _streams?.Dispose();
        _model.Dispose();
    }

    double Seconds(LlamaSettings settings)
    {
        Open(settings);
        Reset(-1);
        long start = Stopwatch.GetTimestamp();
        Run();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    void Open(LlamaSettings settings)
    {
        _streams?.Dispose();
        _streams = new LlamaStreams(_model, _row!, threads, _threadpool, settings);
        int[][] before = StreamTokens.Before(_row!, _model.VocabularySize);
        for (int stream = 0; stream < _row!.Streams && _row.Depth > 0; stream++)
        {
            _streams.Clear();
            _streams.Add(stream, before[stream], 0);
            _streams.Compute();
        }

        if (_row.Depth > StreamTokens.Real)
        {
            _streams.Repeat(StreamTokens.Real, _row.Depth);
        }
    }
}
