using System.Text.Json;
using Millrace.Planning.Hardware;
using Millrace.Planning.Models;

namespace Millrace.Tests.Planning.Models;

public sealed class ModelCatalogueTests
{
    [Theory]
    [InlineData("meta-llama/Llama-3.1-70B", "llama-3.1-70b")]
    [InlineData("llama2-70b-99", "llama-2-70b")]
    [InlineData("llama2-70b-99.9", "llama-2-70b")]
    [InlineData("nvidia/Llama-3.3-70B-Instruct-FP8", "llama-3.3-70b")]
    [InlineData("meta-llama/Meta-Llama-3-8B-Instruct", "llama-3-8b")]
    [InlineData("LLaMA 70B", "llama-2-70b")]
    [InlineData("gptj", "gpt-j-6b")]
    [InlineData("GPT-J 6B", "gpt-j-6b")]
    [InlineData("nvidia/DeepSeek-R1-0528-FP4", "deepseek-v3")]
    [InlineData("deepseek-ai/DeepSeek-R1-Distill-Llama-70B", "llama-3.3-70b")]
    [InlineData("ggml-org/Qwen3-Coder-30B-A3B-Instruct-Q8_0-GGUF", "qwen3-30b-a3b")]
    [InlineData("Qwen/Qwen3-235B-A22B-Instruct-2507-FP8", "qwen3-235b-a22b")]
    [InlineData("ggml-org/gemma-3-4b-it-qat-GGUF", "gemma-3-4b")]
    [InlineData("mistralai/Mixtral-8x7B-Instruct-v0.1", "mixtral-8x7b")]
    [InlineData("Llama-3.1/3.3-70B", "llama-3.1-70b")]
    [InlineData("neuralmagic/Meta-Llama-3.1-8B-Instruct-FP8-dynamic", "llama-3.1-8b")]
    [InlineData("TheBloke/Llama-2-13B-chat-GGUF", "llama-2-13b")]
    [InlineData("hugging-quants/Meta-Llama-3.1-405B-Instruct-AWQ-INT4", "llama-3.1-405b")]
    [InlineData("llama-3.1-8b-q4_k_m", "llama-3.1-8b")]
    public void Spelling_leads_to_the_model(string spelling, string id) => Assert.Equal(id, ModelCatalogue.Find(spelling)?.Id);

    [Fact]
    public void Unknown_name_has_near_ones()
    {
        Assert.Null(ModelCatalogue.Find("lama-3-70b"));
        Assert.Equal("llama-3-70b", ModelCatalogue.Near("lama-3-70b")[0]);
    }

    [Theory]
    [InlineData("acme/Foo", 13e9)]
    [InlineData("acme/Foo-7B", null)]
    [InlineData("acme/Foo-1.5T", null)]
    [InlineData("~8B model", 8e9)]
    [InlineData("acme/Foo-100B-A10B", 100e9)]
    [InlineData("acme/Foo-350M", null)]
    public void Model_of_unknown_shape_is_guessed_from_its_size_and_says_so(string spelling, double? parameters)
    {
        CatalogueModel guess = ModelCatalogue.FindOrGuess(spelling, parameters)!;
        PlannedModel model = PlannedModel.Of(guess, Precision.Fp8);
        Assert.InRange(model.Parameters / guess.Parameters, 0.95, 1.05);
        Assert.Contains("guessed", model.Note, StringComparison.Ordinal);
        if (spelling.EndsWith("A10B", StringComparison.Ordinal))
        {
            Assert.InRange(model.ActiveParameters, 7e9, 13e9);
        }
    }

    [Fact]
    public void Nothing_is_guessed_where_no_size_is_said() => Assert.Null(ModelCatalogue.FindOrGuess("acme/Foo", null));

    [Theory]
    [InlineData("nvfp4", null, "nvfp4", NumberType.Fp4)]
    [InlineData("w4a16", null, "int4", NumberType.Int4)]
    [InlineData("UINT4", null, "int4", NumberType.Int4)]
    [InlineData("bf16 compute, int8 weights", null, "int8", NumberType.Int8)]
    [InlineData("bf16 compute, bf16 weights", null, "bf16", NumberType.Bf16)]
    [InlineData("fp8_block", null, "fp8", NumberType.Fp8)]
    [InlineData("Q4_K_M", null, "q4_k_m", NumberType.Int4)]
    [InlineData("not stated (Q4_0)", null, "q4_0", NumberType.Int4)]
    [InlineData("F16", null, "f16", NumberType.Fp16)]
    [InlineData("see platform", null, "fp8", NumberType.Fp8)]
    [InlineData(null, "nvidia/Qwen3-32B-NVFP4", "nvfp4", NumberType.Fp4)]
    [InlineData("see name", "ggml-org/gemma-3-4b-it-qat-GGUF", "q4_0", NumberType.Int4)]
    [InlineData("see name", "x/y-Q8_0-GGUF", "q8_0", NumberType.Int8)]
    [InlineData("fp8 kv (weights per recipe)", null, "bf16", NumberType.Bf16)]
    public void Precision_is_read_as_tables_spell_it(string? text, string? model, string name, NumberType weights)
    {
        Precision precision = Precision.Parse(text, model);
        Assert.Equal(name, precision.Name);
        Assert.Equal(weights, precision.Weights);
    }

    [Fact]
    public void Precision_that_says_nothing_is_marked_as_a_guess()
    {
        Assert.NotNull(Precision.Parse("see platform").Guess);
        Assert.Null(Precision.Parse("fp8").Guess);
        Assert.False(Precision.TryParse("nonsense", out _));
    }

    [Fact]
    public void Every_model_of_the_published_measurements_has_a_shape()
    {
        using JsonDocument rows = JsonDocument.Parse(File.ReadAllBytes(SharedData.Require("data", "published.json")));
        HashSet<(string, string)> seen = [];
        foreach (JsonElement row in rows.RootElement.EnumerateArray())
        {
            string name = row.GetProperty("model").GetString()!;
            string precision = row.GetProperty("precision").GetString()!;
            if (seen.Add((name, precision)))
            {
                double? parameters = row.GetProperty("params") is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : null;
                CatalogueModel? model = ModelCatalogue.FindOrGuess(name, parameters);
                Assert.True(model is not null, name);
                Assert.True(parameters is null || Math.Abs(Math.Log(model.Parameters / parameters.Value)) < 0.05, $"{name}: {model.Id}");
                Assert.True(model.Note.Contains("guessed", StringComparison.Ordinal) == (name is "~8B model" || name.Contains("unstated", StringComparison.Ordinal)), name);
                Assert.True(PlannedModel.Of(model, Precision.Parse(precision, name)).WeightBytes > 1e8, name);
            }
        }
    }
}
