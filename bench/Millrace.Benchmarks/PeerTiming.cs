using System.Diagnostics;
using System.Globalization;
using Millrace.Cache;
using Millrace.Devices.Cpu;
using Millrace.Formats;
using Millrace.Scheduling;
using Millrace.Tests.Conformance;

namespace Millrace.Benchmarks;

/// <summary>Millrace and llama.cpp over the same model in turns (A, B, A, B …), so that a neighbour's load falls on both: prefill and decode of one stream of random tokens, medians and their ratio.</summary>
/// <remarks>Arguments: <c>model=FILE prompt=256 decode=64 threads=2 repetitions=5 clock=wall</c>, each but the first with a default; <c>clock=processor</c> counts the process's processor time, for one thread on a busy machine. llama.cpp comes from <c>artifacts/peers</c> or <c>MILLRACE_PEERS</c>.</remarks>
static class PeerTiming
{
    public static int Run(Arguments arguments)
    {
        if (LlamaCpp.Folder is null)
        {
            Console.Error.WriteLine("needs npm's @node-llama-cpp/linux-x64 under artifacts/peers (or MILLRACE_PEERS), on Linux x64");
            return 1;
        }

        string path = arguments.Text("model");
        int prompt = arguments.Number("prompt", 256), decode = arguments.Number("decode", 64), repetitions = arguments.Number("repetitions", 5);
        int threads = arguments.Number("threads", Environment.ProcessorCount);
        bool processor = arguments.Text("clock", "wall") == "processor";
        using ModelFile file = ModelFile.Open(path);
        using CpuDevice device = CpuDevice.Load(file, new CpuOptions { Threads = threads, Context = prompt + decode, MaxTokens = Math.Max(prompt, 1) });
        using LlamaCppModel model = new(path);
        using LlamaCppContext context = new(model, prompt + decode, threads: threads);
        MillraceTurn ours = new(device);
        PeerTurn theirs = new(context);

        // The first turn warms caches and the JIT; it does not count.
        Time(ours, device.Vocabulary, prompt, decode, 0, processor);
        Time(theirs, device.Vocabulary, prompt, decode, 0, processor);
        List<(double Prefill, double Decode)> a = [], b = [];
        for (int turn = 1; turn <= repetitions; turn++)
        {
            a.Add(Time(ours, device.Vocabulary, prompt, decode, turn, processor));
            b.Add(Time(theirs, device.Vocabulary, prompt, decode, turn, processor));
        }

        Console.WriteLine($"{Path.GetFileName(path)}, {threads} threads, {repetitions} turns; tokens/s, median (least to most)");
        Report($"prefill {prompt}", [.. a.Select(x => x.Prefill)], [.. b.Select(x => x.Prefill)]);
        Report($"decode {decode}", [.. a.Select(x => x.Decode)], [.. b.Select(x => x.Decode)]);
        return 0;
    }

    static (double Prefill, double Decode) Time(IModel model, int vocabulary, int prompt, int decode, int seed, bool processor)
    {
        Random random = new(seed);
        int[] tokens = [.. Enumerable.Range(0, prompt + decode).Select(_ => random.Next(vocabulary))];
        TimeSpan start = Clock(processor);
        model.Step(tokens.AsSpan(0, prompt), 0);
        double prefill = (Clock(processor) - start).TotalSeconds;
        start = Clock(processor);
        for (int i = 0; i < decode; i++)
        {
            model.Step(tokens.AsSpan(prompt + i, 1), prompt + i);
        }

        return (prompt / prefill, decode / (Clock(processor) - start).TotalSeconds);
    }

    static TimeSpan Clock(bool processor) => processor ? Environment.CpuUsage.TotalTime : Stopwatch.GetElapsedTime(0);

    static void Report(string what, double[] ours, double[] theirs)
    {
        Array.Sort(ours);
        Array.Sort(theirs);
        double ratio = ours[ours.Length / 2] / theirs[theirs.Length / 2];
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{what,-12} Millrace {ours[ours.Length / 2]:f1} ({ours[0]:f1} to {ours[^1]:f1})   llama.cpp {theirs[theirs.Length / 2]:f1} ({theirs[0]:f1} to {theirs[^1]:f1})   ratio {ratio:f2}"));
    }

    interface IModel
    {
        /// <summary>Computes tokens of the one sequence and the last one's logits; position 0 begins anew.</summary>
        void Step(ReadOnlySpan<int> tokens, int position);
    }

    sealed class MillraceTurn(CpuDevice device) : IModel
    {
        readonly StepBatch _batch = new();
        readonly int[] _blocks = [.. Enumerable.Range(0, device.Cache.Blocks)];

        public void Step(ReadOnlySpan<int> tokens, int position)
        {
            _batch.Clear();
            _batch.Tokens.AddRange(tokens);
            _batch.Slices.Add(new StepSlice(0, tokens.Length, position, _blocks, LogitRows: 1));
            device.Run(_batch);
            _ = device.Logits(0)[0];
        }
    }

    sealed class PeerTurn(LlamaCppContext context) : IModel
    {
        public void Step(ReadOnlySpan<int> tokens, int position)
        {
            if (position == 0)
            {
                context.Clear();
            }

            context.Decode(tokens, position, lastOnly: true);
            _ = context.Logits(tokens.Length - 1)[0];
        }
    }
}
