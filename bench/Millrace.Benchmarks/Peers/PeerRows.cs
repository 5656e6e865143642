using Millrace.Kernels;

namespace Millrace.Benchmarks.Peers;

/// <summary>The table of targets, row by row: the one place where they stand.</summary>
static class PeerRows
{
    const int Prompt = 512;

    /// <summary>All rows, those of one model together.</summary>
    /// <param name="layers">Layers of each model in place of those of its shape, for trials; or 0.</param>
    public static IReadOnlyList<PeerRow> All(int layers = 0)
    {
        PeerModel moe = Model("moe-q4_0", "--arch llama --width 1024 --ffn 3584 --heads 8 --kv-heads 2 --head-dim 128 --vocab 32000 --experts 8 --experts-used 2 --type q4_0", layers > 0 ? layers : 16);
        PeerModel small = Model("135m-q4_0", "--shape smollm2-135m --type q4_0", layers);
        Target four = new(2.0, 1.8), eight = new(1.5, 1.5), half = new(1.5, 1.1), mixture = new(2, 1.7);
        return
        [
            .. Rows("q4_0", four, decodes: true, Streamed), .. Long(OfType("q4_0", layers)),
            .. Rows("q4_k", four, decodes: true, Streamed),
            .. Rows("q8_0", eight, decodes: true, [1.5, 1.5, 1.5]),
            .. Rows("q6_k", four, decodes: true),
            .. Rows("f16", eight, decodes: true),
            new("small-decode", "small", small, new Target(1.3, 1.3)) { Depth = 16, Tokens = 64 },
            new("moe-prefill", "moe", moe, mixture) { Tokens = Prompt, IsPrompt = true },
            Decode("moe-streams-8", "moe", moe, 8, 64, 16, mixture),
            .. Rows("iq4_nl", four), .. Rows("mxfp4", four), .. Rows("q5_k", four), .. Rows("bf16", half),
        ];

        IEnumerable<PeerRow> Rows(string type, Target prefill, bool decodes = false, double[]? streams = null)
        {
            PeerModel model = OfType(type, layers);
            yield return new($"prefill-{type}", "prefill", model, prefill) { Tokens = Prompt, IsPrompt = true };
            foreach (int depth in decodes ? (int[])[16, 256] : [])
            {
                yield return Decode($"decode-{depth}-{type}", "decode", model, 1, depth, 24, new Target(0, 0, OrBandwidth: true));
            }

            foreach ((int count, double ratio, double vnni) in streams is null ? [] : Enumerable.Range(0, 3).Select(i => (4 << i, streams[i], streams == Streamed ? StreamedVnni[i] : streams[i])))
            {
                yield return Decode($"streams-{count}-{type}", "streams", model, count, 64, 16, new Target(ratio, vnni));
            }
        }
    }

    static readonly double[] Streamed = [2.3, 2.8, 2.5];
    static readonly double[] StreamedVnni = [2.0, 2.3, 2.3];

    static IEnumerable<PeerRow> Long(PeerModel model)
    {
        foreach (KvType kv in (KvType[])[KvType.F16, KvType.Int8])
        {
            foreach ((int depth, double ratio) in ((int, double)[])[(2048, 1.3), (4096, 1.4), (16384, 1.8)])
            {
                yield return Decode($"context-{depth}-{kv.ToString().ToLowerInvariant()}", "context", model, 1, depth, 12, new Target(ratio, ratio, OrBandwidth: true)) with { Kv = kv };
            }
        }
    }

    static PeerRow Decode(string id, string part, PeerModel model, int streams, int depth, int tokens, Target target) =>
        new(id, part, model, target) { Streams = streams, Depth = depth, Tokens = tokens };

    static PeerModel OfType(string type, int layers) => Model($"1b-{type}", $"--shape llama-3.2-1b --type {type}", layers);

    static PeerModel Model(string name, string synth, int layers) =>
        layers > 0 ? new($"{name}-{layers}-layers", $"{synth} --layers {layers}") : new(name, synth);
}
