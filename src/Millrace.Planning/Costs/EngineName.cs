namespace Millrace.Planning.Costs;

/// <summary>Engines by the many ways in which tables spell them.</summary>
static class EngineName
{
    // The first whose word is in the text; longer spellings before the shorter ones that they hold.
    static readonly (string Word, string Name)[] Words =
    [
        ("splitwise", "vllm-2023"), ("tpu", "vllm-tpu"), ("rocm", "vllm"), ("mlperf", "mlperf"), ("nim", "nim"), ("trtllm", "trtllm"), ("trt-llm", "trtllm"), ("tensorrt", "trtllm"),
        ("neuron", "neuron"), ("nxd", "neuron"), ("vllm", "vllm"), ("sglang", "sglang"), ("ik_llama", "ik_llama.cpp"), ("anemll", "anemll"), ("llama.cpp", "llama.cpp"), ("llamacpp", "llama.cpp"), ("ggml", "llama.cpp"),
        ("genie", "qnn"), ("qnn", "qnn"), ("qualcomm", "qnn"), ("groq", "groq"), ("cerebras", "cerebras"), ("jax", "jax"), ("jetstream", "jax"), ("mlx", "mlx"), ("millrace", "millrace"),
    ];

    /// <summary>The engine of a spelling, "" where none is known.</summary>
    public static string Of(string? spelling)
    {
        string text = (spelling ?? "").ToLowerInvariant();
        foreach ((string word, string name) in Words)
        {
            if (text.Contains(word, StringComparison.Ordinal))
            {
                return name;
            }
        }

        return "";
    }

    /// <summary>Engines that batch and page alike are calibrated as variations of each other; the others stand for themselves.</summary>
    public static string GroupOf(string engine) => engine is "vllm" or "trtllm" or "sglang" or "nim" or "mlperf" or "" ? "serving" : engine is "ik_llama.cpp" or "mlx" or "millrace" ? "llama.cpp" : engine;

    /// <summary>Whether it keeps room for a request's longest answer before it begins, rather than take rooms back when they run out.</summary>
    public static bool Reserves(string engine) => engine is "trtllm" or "nim" or "neuron";

    /// <summary>Whether it keeps keys and values in 8 bits where weights have 8 or fewer.</summary>
    public static bool ShrinksKv(string engine) => engine is "trtllm" or "nim" or "mlperf";
}
