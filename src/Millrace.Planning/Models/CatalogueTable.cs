namespace Millrace.Planning.Models;

/// <summary>The shapes that have names. Facts are those of each model's public config.json, counts those that its makers publish.</summary>
static class CatalogueTable
{
    const string AsLlama = "priced as llama: feed-forward of two matrices as one of three with as many weights, rotation for learned positions";

    /// <summary>The models.</summary>
    public static IReadOnlyList<CatalogueModel> Models { get; } = [.. Llamas(), .. Mistrals(), .. Qwens(), .. Others(), .. Mixtures(), .. Older()];

    static IEnumerable<CatalogueModel> Llamas()
    {
        ModelShape three = new() { Layers = 32, Width = 4096, Ffn = 14336, Heads = 32, KvHeads = 8, HeadDim = 128, Vocabulary = 128256, Context = 8192, RopeBase = 500000 };
        ModelShape two = new() { Layers = 32, Width = 4096, Ffn = 11008, Heads = 32, KvHeads = 32, HeadDim = 128, Vocabulary = 32000, Context = 4096 };
        ModelShape seventy = three with { Layers = 80, Width = 8192, Ffn = 28672, Heads = 64 };
        ModelShape thirteen = two with { Layers = 40, Width = 5120, Ffn = 13824, Heads = 40, KvHeads = 40 };
        ModelShape thirty = two with { Layers = 60, Width = 6656, Ffn = 17920, Heads = 52, KvHeads = 52, Context = 2048 };
        yield return new("llama-2-7b", "meta-llama/Llama-2-7b-hf", 6_738_415_616, two, "", "LLaMA 7B", "llama-1-7b", "llama-v2-7b", "vicuna-7b", "llama 7B v2");
        yield return new("llama-2-13b", "meta-llama/Llama-2-13b-hf", 13_015_864_320, thirteen, "", "LLaMA 13B", "llama-v2-13b", "vicuna-13b");
        yield return new("llama-1-30b", "huggyllama/llama-30b", 32_528_943_616, thirty, "", "LLaMA 30B", "LLaMA 33B");
        yield return new("llama-1-65b", "huggyllama/llama-65b", 65_285_660_672, thirty with { Layers = 80, Width = 8192, Ffn = 22016, Heads = 64, KvHeads = 64 }, "", "LLaMA 65B");
        yield return new("llama-2-70b", "meta-llama/Llama-2-70b-hf", 68_976_648_192, two with { Layers = 80, Width = 8192, Ffn = 28672, Heads = 64, KvHeads = 8 }, "", "LLaMA 70B", "llama-v2-70b");
        yield return new("codellama-7b", "codellama/CodeLlama-7b-hf", 6_738_546_688, two with { Vocabulary = 32016, Context = 16384, RopeBase = 1e6f }, "");
        yield return new("codellama-13b", "codellama/CodeLlama-13b-hf", 13_016_028_160, thirteen with { Vocabulary = 32016, Context = 16384, RopeBase = 1e6f }, "");
        yield return new("codellama-34b", "codellama/CodeLlama-34b-hf", 33_743_970_304, two with { Layers = 48, Width = 8192, Ffn = 22016, Heads = 64, KvHeads = 8, Context = 16384, RopeBase = 1e6f }, "");
        yield return new("llama-3-8b", "meta-llama/Meta-Llama-3-8B", 8_030_261_248, three, "", "llama-v3-8b", "llama3");
        yield return new("llama-3-70b", "meta-llama/Meta-Llama-3-70B", 70_553_706_496, seventy, "", "Llama-3.x-70B", "llama-v3-70b");
        yield return new("llama-3.1-8b", "meta-llama/Llama-3.1-8B", 8_030_261_248, three with { Context = 131072 }, "", "llama-v3.1-8b", "DeepSeek-R1-Distill-Llama-8B", "llama3.1", "Llama-3.x-8B");
        yield return new("llama-3.1-70b", "meta-llama/Llama-3.1-70B", 70_553_706_496, seventy with { Context = 131072 }, "", "Llama-3.1/3.3-70B", "llama-v3.1-70b", "Llama-3.1-Nemotron-70B");
        yield return new("llama-3.3-70b", "meta-llama/Llama-3.3-70B-Instruct", 70_553_706_496, seventy with { Context = 131072 }, "", "DeepSeek-R1-Distill-Llama-70B", "llama-v3.3-70b");
        yield return new("llama-3.1-405b", "meta-llama/Llama-3.1-405B", 405_853_388_800, three with { Layers = 126, Width = 16384, Ffn = 53248, Heads = 128, Context = 131072 }, "", "llama-3-405b", "llama-v3.1-405b");
        yield return new("llama-3.2-1b", "meta-llama/Llama-3.2-1B", 1_235_814_400, three with { Layers = 16, Width = 2048, Ffn = 8192, HeadDim = 64, Context = 131072, Tied = true }, "", "llama-v3.2-1b");
        yield return new("llama-3.2-3b", "meta-llama/Llama-3.2-3B", 3_212_749_824, three with { Layers = 28, Width = 3072, Ffn = 8192, Heads = 24, Context = 131072, Tied = true }, "", "llama-v3.2-3b");
        yield return new("tinyllama-1.1b", "TinyLlama/TinyLlama-1.1B-Chat-v1.0", 1_100_048_384, two with { Layers = 22, Width = 2048, Ffn = 5632, KvHeads = 4, HeadDim = 64, Context = 2048 }, "", "TinyLlama-1.1B-Chat-v1.0");
        yield return new("yi-34b", "01-ai/Yi-34B", 34_388_917_248, two with { Layers = 60, Width = 7168, Ffn = 20480, Heads = 56, KvHeads = 8, Vocabulary = 64000, RopeBase = 5e6f }, "");
        yield return new("smollm2-135m", "HuggingFaceTB/SmolLM2-135M", 134_515_008, new() { Layers = 30, Width = 576, Ffn = 1536, Heads = 9, KvHeads = 3, HeadDim = 64, Vocabulary = 49152, Context = 8192, Tied = true, RopeBase = 100000 }, "");
        yield return new("smollm2-360m", "HuggingFaceTB/SmolLM2-360M", 361_821_120, new() { Layers = 32, Width = 960, Ffn = 2560, Heads = 15, KvHeads = 5, HeadDim = 64, Vocabulary = 49152, Context = 8192, Tied = true, RopeBase = 100000 }, "");
        yield return new("smollm2-1.7b", "HuggingFaceTB/SmolLM2-1.7B", 1_711_376_384, new() { Layers = 24, Width = 2048, Ffn = 8192, Heads = 32, KvHeads = 32, HeadDim = 64, Vocabulary = 49152, Context = 8192, Tied = true, RopeBase = 130000 }, "");
    }

    static IEnumerable<CatalogueModel> Mistrals()
    {
        ModelShape seven = new() { Layers = 32, Width = 4096, Ffn = 14336, Heads = 32, KvHeads = 8, HeadDim = 128, Vocabulary = 32768, Context = 32768, RopeBase = 1e6f };
        yield return new("mistral-7b", "mistralai/Mistral-7B-v0.3", 7_248_023_552, seven, "", "Mistral-7B-Instruct-v0.1", "Mistral-7B-v0.1");
        yield return new("mistral-nemo-12b", "mistralai/Mistral-Nemo-Instruct-2407", 12_247_782_400, seven with { Layers = 40, Width = 5120, Vocabulary = 131072, Context = 131072 }, "", "Mistral-Nemo");
        yield return new("mistral-small-24b", "mistralai/Mistral-Small-24B-Instruct-2501", 23_572_403_200, seven with { Layers = 40, Width = 5120, Ffn = 32768, Vocabulary = 131072, RopeBase = 1e8f }, "", "Mistral-Small-3.1-24B", "Mistral-Small-3.2-24B", "Mistral-Small", "Devstral-Small");
        yield return new("mistral-large-123b", "mistralai/Mistral-Large-Instruct-2407", 122_610_069_504, seven with { Layers = 88, Width = 12288, Ffn = 28672, Heads = 96, Context = 131072 }, "", "Mistral-Large", "Mistral-Large-2");
        yield return new("mixtral-8x7b", "mistralai/Mixtral-8x7B-v0.1", 46_702_792_704, seven with { Vocabulary = 32000, Experts = 8, ExpertsUsed = 2 }, "", "mixtral");
        yield return new("mixtral-8x22b", "mistralai/Mixtral-8x22B-v0.1", 140_630_071_296, seven with { Layers = 56, Width = 6144, Ffn = 16384, Heads = 48, Context = 65536, Experts = 8, ExpertsUsed = 2 }, "");
    }

    static IEnumerable<CatalogueModel> Qwens()
    {
        ModelShape two = new() { Architecture = "qwen2", Layers = 28, Width = 3584, Ffn = 18944, Heads = 28, KvHeads = 4, HeadDim = 128, Vocabulary = 152064, Context = 32768, RopeBase = 1e6f };
        ModelShape three = new() { Architecture = "qwen3", Layers = 36, Width = 4096, Ffn = 12288, Heads = 32, KvHeads = 8, HeadDim = 128, Vocabulary = 151936, Context = 40960, RopeBase = 1e6f };
        ModelShape mixed = three with { Architecture = "qwen3moe", Layers = 48, Width = 2048, Ffn = 768, KvHeads = 4, Experts = 128, ExpertsUsed = 8 };
        yield return new("qwen2.5-0.5b", "Qwen/Qwen2.5-0.5B", 494_032_768, two with { Layers = 24, Width = 896, Ffn = 4864, Heads = 14, KvHeads = 2, HeadDim = 64, Vocabulary = 151936, Tied = true }, "");
        yield return new("qwen2.5-1.5b", "Qwen/Qwen2.5-1.5B", 1_543_714_304, two with { Width = 1536, Ffn = 8960, Heads = 12, KvHeads = 2, Vocabulary = 151936, Tied = true }, "", "DeepSeek-R1-Distill-Qwen-1.5B");
        yield return new("qwen2.5-3b", "Qwen/Qwen2.5-3B", 3_085_938_688, two with { Layers = 36, Width = 2048, Ffn = 11008, Heads = 16, KvHeads = 2, Vocabulary = 151936, Tied = true }, "");
        yield return new("qwen2.5-7b", "Qwen/Qwen2.5-7B", 7_615_616_512, two, "", "Qwen2.5-Coder-7B", "DeepSeek-R1-Distill-Qwen-7B", "Qwen2-7B");
        yield return new("qwen2.5-14b", "Qwen/Qwen2.5-14B", 14_770_033_664, two with { Layers = 48, Width = 5120, Ffn = 13824, Heads = 40, KvHeads = 8 }, "", "Qwen2.5-Coder-14B", "DeepSeek-R1-Distill-Qwen-14B");
        yield return new("qwen2.5-32b", "Qwen/Qwen2.5-32B", 32_763_876_352, two with { Layers = 64, Width = 5120, Ffn = 27648, Heads = 40, KvHeads = 8 }, "", "Qwen2.5-Coder-32B", "DeepSeek-R1-Distill-Qwen-32B", "QwQ-32B");
        yield return new("qwen2.5-72b", "Qwen/Qwen2.5-72B", 72_706_203_648, two with { Layers = 80, Width = 8192, Ffn = 29568, Heads = 64, KvHeads = 8 }, "", "Qwen2-72B");
        yield return new("qwen3-0.6b", "Qwen/Qwen3-0.6B", 596_049_920, three with { Layers = 28, Width = 1024, Ffn = 3072, Heads = 16, Tied = true }, "");
        yield return new("qwen3-1.7b", "Qwen/Qwen3-1.7B", 1_720_574_976, three with { Layers = 28, Width = 2048, Ffn = 6144, Heads = 16, Tied = true }, "");
        yield return new("qwen3-4b", "Qwen/Qwen3-4B", 4_022_468_096, three with { Width = 2560, Ffn = 9728, Tied = true }, "");
        yield return new("qwen3-8b", "Qwen/Qwen3-8B", 8_190_735_360, three, "");
        yield return new("qwen3-14b", "Qwen/Qwen3-14B", 14_768_307_200, three with { Layers = 40, Width = 5120, Ffn = 17408, Heads = 40 }, "");
        yield return new("qwen3-32b", "Qwen/Qwen3-32B", 32_762_123_264, three with { Layers = 64, Width = 5120, Ffn = 25600, Heads = 64 }, "");
        yield return new("qwen3-30b-a3b", "Qwen/Qwen3-30B-A3B", 30_532_122_624, mixed, "", "Qwen3-Coder-30B-A3B", "Qwen3-30B");
        yield return new("qwen3-235b-a22b", "Qwen/Qwen3-235B-A22B", 235_093_634_560, mixed with { Layers = 94, Width = 4096, Ffn = 1536, Heads = 64 }, "", "Qwen3-235B");
        yield return new("qwen3-coder-480b-a35b", "Qwen/Qwen3-Coder-480B-A35B-Instruct", 480_154_875_392, mixed with { Layers = 62, Width = 6144, Ffn = 2560, Heads = 96, KvHeads = 8, Experts = 160, Context = 262144 }, "", "Qwen3-480B", "Qwen3-Coder-480B");
        yield return new("qwen3.5-397b-a17b", "Qwen/Qwen3.5-397B-A17B", 397e9, mixed with { Layers = 60, Width = 4096, Ffn = 1024, KvHeads = 2, HeadDim = 256, Vocabulary = 248320, Experts = 513, ExpertsUsed = 11, Context = 262144 }, "priced as qwen3moe: linear attention as full attention, the shared expert as one more", "Qwen3.5-397B");
    }

    static IEnumerable<CatalogueModel> Others()
    {
        ModelShape gemma = new() { Architecture = "gemma3", Layers = 26, Width = 1152, Ffn = 6912, Heads = 4, KvHeads = 1, HeadDim = 256, Vocabulary = 262144, Context = 32768, Tied = true, RopeBase = 1e6f, Window = 512 };
        ModelShape second = gemma with { Vocabulary = 256000, Context = 8192, RopeBase = 10000, Window = 4096, WindowPeriod = 2 };
        ModelShape phi = new() { Architecture = "phi3", Layers = 32, Width = 3072, Ffn = 8192, Heads = 32, KvHeads = 32, HeadDim = 96, Vocabulary = 32064, Context = 4096 };
        const string AsThird = "priced as gemma3: norms of heads for a cap on logits";
        yield return new("gemma-3-1b", "google/gemma-3-1b-it", 999_885_952, gemma, "");
        yield return new("gemma-3-4b", "google/gemma-3-4b-it", 3.88e9, gemma with { Layers = 34, Width = 2560, Ffn = 10240, Heads = 8, KvHeads = 4, Context = 131072, Window = 1024 }, "");
        yield return new("gemma-3-12b", "google/gemma-3-12b-it", 11.77e9, gemma with { Layers = 48, Width = 3840, Ffn = 15360, Heads = 16, KvHeads = 8, Context = 131072, Window = 1024 }, "");
        yield return new("gemma-3-27b", "google/gemma-3-27b-it", 27.01e9, gemma with { Layers = 62, Width = 5376, Ffn = 21504, Heads = 32, KvHeads = 16, HeadDim = 128, Context = 131072, Window = 1024 }, "");
        yield return new("gemma-2-2b", "google/gemma-2-2b", 2_614_341_888, second with { Layers = 26, Width = 2304, Ffn = 9216, Heads = 8, KvHeads = 4 }, AsThird);
        yield return new("gemma-2-9b", "google/gemma-2-9b", 9_241_705_984, second with { Layers = 42, Width = 3584, Ffn = 14336, Heads = 16, KvHeads = 8 }, AsThird);
        yield return new("gemma-2-27b", "google/gemma-2-27b", 27_227_128_320, second with { Layers = 46, Width = 4608, Ffn = 36864, Heads = 32, KvHeads = 16, HeadDim = 128 }, AsThird);
        yield return new("gemma-7b", "google/gemma-7b", 8_537_680_896, new() { Layers = 28, Width = 3072, Ffn = 24576, Heads = 16, KvHeads = 16, HeadDim = 256, Vocabulary = 256000, Context = 8192, Tied = true }, "priced as llama: another gate");
        yield return new("phi-3-mini", "microsoft/Phi-3-mini-4k-instruct", 3_821_079_552, phi, "", "Phi-3-mini-4k", "Phi-3-mini-128k", "Phi-3.5-mini", "Phi-3-3.8B");
        yield return new("phi-3-medium", "microsoft/Phi-3-medium-4k-instruct", 13_960_238_080, phi with { Layers = 40, Width = 5120, Ffn = 17920, Heads = 40, KvHeads = 10, HeadDim = 128 }, "", "Phi-3-medium-4k", "Phi-3-14B");
        yield return new("phi-4", "microsoft/phi-4", 14_659_507_200, phi with { Layers = 40, Width = 5120, Ffn = 17920, Heads = 40, KvHeads = 10, HeadDim = 128, Vocabulary = 100352, Context = 16384, RopeBase = 250000 }, "", "phi-4-14b");
    }

    static IEnumerable<CatalogueModel> Mixtures()
    {
        ModelShape oss = new() { Architecture = "gpt-oss", Layers = 24, Width = 2880, Ffn = 2880, Heads = 64, KvHeads = 8, HeadDim = 64, Vocabulary = 201088, Context = 131072, Experts = 32, ExpertsUsed = 4, RopeBase = 150000, Window = 128 };
        ModelShape deep = new()
        {
            Architecture = "deepseek2", Layers = 61, Width = 7168, Ffn = 2048, Heads = 128, KvHeads = 1, HeadDim = 192, Vocabulary = 129280, Context = 163840,
            Experts = 256, ExpertsUsed = 8, SharedExperts = 1, DenseLayers = 3, DenseFfn = 18432, Latent = new(1536, 512, 64, 128, 128),
        };
        yield return new("gpt-oss-20b", "openai/gpt-oss-20b", 20_914_757_184, oss, "");
        yield return new("gpt-oss-120b", "openai/gpt-oss-120b", 116_829_156_672, oss with { Layers = 36, Experts = 128 }, "");
        yield return new("deepseek-v2-lite", "deepseek-ai/DeepSeek-V2-Lite", 15_706_484_224, deep with { Layers = 27, Width = 2048, Ffn = 1408, Heads = 16, Vocabulary = 102400, Experts = 64, ExpertsUsed = 6, SharedExperts = 2, DenseLayers = 1, DenseFfn = 10944, Latent = new(0, 512, 64, 128, 128) }, "", "DeepSeek-Coder-V2-Lite");
        yield return new("deepseek-v2", "deepseek-ai/DeepSeek-V2", 235_741_434_880, deep with { Layers = 60, Width = 5120, Ffn = 1536, Vocabulary = 102400, Experts = 160, ExpertsUsed = 6, SharedExperts = 2, DenseLayers = 1, DenseFfn = 12288 }, "", "DeepSeek-V2.5", "DeepSeek-Coder-V2");
        yield return new("deepseek-v3", "deepseek-ai/DeepSeek-V3", 671_026_419_200, deep, "", "DeepSeek-R1", "DeepSeek-V3.1", "DeepSeek-V3-671B", "DeepSeek-R1-671B");
        yield return new("kimi-k2", "moonshotai/Kimi-K2-Instruct", 1.026e12, deep with { Heads = 64, Vocabulary = 163840, Context = 131072, Experts = 384, DenseLayers = 1 }, "", "Kimi-K2-1T", "Kimi-K2.5");
        yield return new("glm-4.7-flash", "zai-org/GLM-4.7-Flash", 29.9e9, deep with { Layers = 47, Width = 2048, Ffn = 1536, Heads = 20, HeadDim = 256, Vocabulary = 154880, Context = 202752, Experts = 64, ExpertsUsed = 4, DenseLayers = 1, DenseFfn = 10240, Latent = new(768, 512, 64, 192, 256) }, "");
        yield return new("dbrx", "databricks/dbrx-base", 131_596_523_520, new() { Layers = 40, Width = 6144, Ffn = 10752, Heads = 48, KvHeads = 8, HeadDim = 128, Vocabulary = 100352, Context = 32768, Experts = 16, ExpertsUsed = 4, RopeBase = 500000 }, "priced as llama: norms without a mean", "dbrx-132b");
        yield return new("grok-1", "xai-org/grok-1", 314e9, new() { Layers = 64, Width = 6144, Ffn = 32768, Heads = 48, KvHeads = 8, HeadDim = 128, Vocabulary = 131072, Context = 8192, Experts = 8, ExpertsUsed = 2, Tied = true }, "priced as llama: another gate, two norms more", "grok-1-314b");
    }

    // A block of two matrices of width w has as many weights as a gated one of 2w/3.
    static IEnumerable<CatalogueModel> Older()
    {
        yield return new("gpt-j-6b", "EleutherAI/gpt-j-6b", 6_053_381_344, Plain(28, 4096, 16384, 16, 16, 50400, 2048, false), AsLlama, "gptj", "gpt-j");
        yield return new("opt-13b", "facebook/opt-13b", 12_853_473_280, Plain(40, 5120, 20480, 40, 40, 50272, 2048, true), AsLlama);
        yield return new("opt-30b", "facebook/opt-30b", 29_974_540_288, Plain(48, 7168, 28672, 56, 56, 50272, 2048, true), AsLlama);
        yield return new("opt-66b", "facebook/opt-66b", 65_717_698_560, Plain(64, 9216, 36864, 72, 72, 50272, 2048, true), AsLlama);
        yield return new("gpt-3-175b", "arxiv.org/abs/2005.14165", 174_600e6, Plain(96, 12288, 49152, 96, 96, 50272, 2048, true), AsLlama, "gpt-3", "gpt3-175b", "opt-175b");
        yield return new("bloom-176b", "bigscience/bloom", 176_247_271_424, Plain(70, 14336, 57344, 112, 112, 250880, 2048, true), AsLlama, "bloom");
        yield return new("falcon-7b", "tiiuae/falcon-7b", 6_921_720_704, Plain(32, 4544, 18176, 71, 1, 65024, 2048, true), AsLlama);
        yield return new("falcon-40b", "tiiuae/falcon-40b", 41_836e6, Plain(60, 8192, 32768, 128, 8, 65024, 2048, false), AsLlama);
        yield return new("falcon-180b", "tiiuae/falcon-180B", 179_522_565_120, Plain(80, 14848, 59392, 232, 8, 65024, 2048, false), AsLlama);
        yield return new("palm-540b", "arxiv.org/abs/2204.02311", 540.35e9, new() { Layers = 118, Width = 18432, Ffn = 73728, Heads = 48, KvHeads = 1, HeadDim = 256, Vocabulary = 256000, Context = 2048, Tied = true }, "priced as llama: layers in parallel as one after the other", "palm");
    }

    static ModelShape Plain(int layers, int width, int ffn, int heads, int kvHeads, int vocabulary, int context, bool tied) => new()
    {
        Layers = layers, Width = width, Ffn = (int)Math.Round(ffn / 96.0) * 64, Heads = heads, KvHeads = kvHeads, HeadDim = width / heads, Vocabulary = vocabulary, Context = context, Tied = tied,
    };
}
