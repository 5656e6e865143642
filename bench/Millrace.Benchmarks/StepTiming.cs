using System.Globalization;
using Millrace.Cache;
using Millrace.Devices.Cpu;
using Millrace.Formats;
using Millrace.Scheduling;

namespace Millrace.Benchmarks;

/// <summary>What a piece of a prompt costs beside streams that decode: steps with each size of piece in turns, best and median, and the tokens of the prompt that a second of such steps computes.</summary>
/// <remarks>Arguments: <c>model=FILE streams=8 pieces=0,4,8,12,16,24 depth=1024 rounds=20 threads=2 clock=wall</c>, each but the first with a default; <c>clock=processor</c> counts the process's processor time, for one thread on a busy machine.</remarks>
static class StepTiming
{
    public static int Run(Arguments arguments)
    {
        int streams = arguments.Number("streams", 8), depth = arguments.Number("depth", 1024), rounds = arguments.Number("rounds", 20);
        int[] pieces = arguments.Numbers("pieces", "0,4,8,12,16,24");
        int context = depth + pieces.Max() + 1, blocks = KvCache.BlocksFor(context);
        RunClock clock = RunClock.Of(arguments);
        using ModelFile file = ModelFile.Open(arguments.Text("model"));
        using CpuDevice device = CpuDevice.Load(file, new CpuOptions
        {
            Threads = arguments.Number("threads", Environment.ProcessorCount), Context = context, MaxTokens = streams + pieces.Max(), KvBlocks = blocks * (streams + 1),
        });
        List<double>[] times = [.. pieces.Select(_ => new List<double>())];
        for (int round = 0; round <= rounds; round++)
        {
            for (int i = 0; i < pieces.Length; i++)
            {
                StepBatch batch = Batch(streams, pieces[i], depth, blocks, device.Vocabulary, round);
                TimeSpan start = clock.Now;
                device.Run(batch);
                for (int row = 0; row < streams; row++)
                {
                    _ = device.Logits(row)[0];
                }

                if (round > 0)
                {
                    times[i].Add((clock.Now - start).TotalMilliseconds);
                }
            }
        }

        foreach (List<double> list in times)
        {
            list.Sort();
        }

        for (int i = 0; i < pieces.Length; i++)
        {
            (double best, double median) = (times[i][0], times[i][rounds / 2]);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{streams} + {pieces[i],3}: {best,6:f1} ({median:f1}) ms, {best / times[0][0]:f2} ({median / times[0][rounds / 2]:f2}) of the first, {1000 * pieces[i] / best:f0} ({1000 * pieces[i] / median:f0}) tokens/s"));
        }

        return 0;
    }

    static StepBatch Batch(int streams, int piece, int depth, int blocks, int vocabulary, int seed)
    {
        Random random = new(seed);
        StepBatch batch = new();
        for (int stream = 0; stream < streams; stream++)
        {
            batch.Tokens.Add(random.Next(vocabulary));
            batch.Slices.Add(new StepSlice(stream, 1, 100, [.. Enumerable.Range(stream * blocks, blocks)], LogitRows: 1));
        }

        if (piece > 0)
        {
            batch.Tokens.AddRange(Enumerable.Range(0, piece).Select(_ => random.Next(vocabulary)));
            batch.Slices.Add(new StepSlice(streams, piece, depth, [.. Enumerable.Range(streams * blocks, blocks)], LogitRows: 0));
        }

        return batch;
    }
}
